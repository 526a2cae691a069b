import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { DeploymentId } from '#protocol/ids.ts'
import { type HealthAnswer, openApiDocument } from './http-contract.ts'
import type { Prometheus } from './prometheus.ts'

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly deployment: DeploymentId
  readonly version: string
  readonly figures: Prometheus
  /** false while starting and draining. */
  readonly ready: () => boolean
}

export interface HttpServer {
  /** `127.0.0.1:PORT` */
  readonly address: string
  stop(): Promise<void>
}

const host = '127.0.0.1'

/** Health, metrics and their description over HTTP, on the loopback interface only. */
export const startHttp = async (options: HttpOptions): Promise<HttpServer> => {
  const app = Fastify({ logger: false, bodyLimit: 1_024, requestTimeout: 5_000, forceCloseConnections: true })
  app.addHook('onRequest', refuseBrowsers)
  addRoutes(app, options)
  await app.listen({ host, port: options.port })
  const bound = app.server.address()
  return {
    address: `${host}:${typeof bound === 'object' && bound !== null ? bound.port : options.port}`,
    stop: () => app.close(),
  }
}

/**
 * A web page can make a browser ask 127.0.0.1, and read the answer if its own name is made to point here (DNS
 * rebinding); such a request carries the page's name as Host, or an Origin.
 */
const refuseBrowsers = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  const name = request.headers.host?.replace(/:\d+$/, '')
  const ours = name === '127.0.0.1' || name === 'localhost'
  if (!ours || request.headers.origin !== undefined) await reply.code(403).send({ status: 'forbidden' })
}

const addRoutes = (app: FastifyInstance, options: HttpOptions): void => {
  const health = (status: HealthAnswer['status']): HealthAnswer => ({ status, deployment: options.deployment })
  app.get('/health/live', () => health('ok'))
  app.get('/health/ready', (_request, reply) =>
    options.ready() ? reply.send(health('ok')) : reply.code(503).send(health('draining')),
  )
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.figures.contentType).send(await options.figures.text()),
  )
  app.get('/openapi.json', () => openApiDocument(options.version))
}
