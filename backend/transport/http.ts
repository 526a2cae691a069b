import { createServer } from 'node:http'
import { type HttpOptions, httpRoutes } from './http-routes.ts'
import { bind } from './listen.ts'

export interface HttpServer {
  /** `127.0.0.1:PORT` */
  readonly address: string
  stop(): Promise<void>
}

/** The routes on a port of their own, on the loopback interface only. `port` 0 takes a free one. */
export const startHttp = async (options: HttpOptions & { readonly port: number }): Promise<HttpServer> => {
  const routes = await httpRoutes(options)
  const server = createServer({ requestTimeout: 5_000 }, routes.handler)
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()))
    server.closeAllConnections()
    await Promise.all([closed, routes.close()])
  }
  try {
    return { address: await bind(server, { kind: 'address', host: '127.0.0.1', port: options.port }), stop }
  } catch (failure) {
    await stop()
    throw failure
  }
}
