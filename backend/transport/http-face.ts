import type { RequestListener } from 'node:http'
import type { DeploymentId } from '#protocol/ids.ts'
import type { Sample } from '#protocol/telemetry.ts'
import type { Readiness } from './health.ts'
import { startHttp } from './http.ts'
import { type HttpOptions, httpRoutes } from './http-routes.ts'
import { createPeers, defaultPeerRules, type Peers } from './peers.ts'
import { createPrometheus } from './prometheus.ts'
import type { Log, MeteredCall } from './services.ts'

export interface HttpFaceOptions {
  /** A port of its own on loopback, 0 a free one; undefined: on the port of the WebSockets, by `handler`. */
  readonly port: number | undefined
  readonly deployment: DeploymentId
  readonly instance: string
  readonly version: string
  readonly connections: () => number
  readonly readiness: () => Readiness
  readonly onSample: (listener: (sample: Sample) => void) => () => void
  readonly peers: Peers
  readonly log: Log
  /** The folder of a Web Key Directory to serve; absent: none. */
  readonly wkd?: string | undefined
  readonly tiles: HttpOptions['tiles']
  readonly webhooks: HttpOptions['webhooks']
}

export interface HttpFace {
  /** `127.0.0.1:PORT`, where it has one of its own. */
  readonly address: string | undefined
  readonly handler: RequestListener | undefined
  readonly observe: (call: MeteredCall) => void
  stop(): Promise<void>
}

/** HTTP with everything that only HTTP needs. Loaded on demand: most embedded backends never serve it. */
export const openHttpFace = async (options: HttpFaceOptions): Promise<HttpFace> => {
  const figures = createPrometheus(options.connections)
  const open = async (): Promise<Pick<HttpFace, 'address' | 'handler' | 'stop'>> => {
    if (options.port === undefined) {
      const { handler, close } = await httpRoutes({ ...options, figures })
      return { address: undefined, handler, stop: close }
    }
    const own = { ...options, figures, port: options.port, peers: createPeers(defaultPeerRules) }
    return { ...(await startHttp(own)), handler: undefined }
  }
  const opened = await open().catch((failure: unknown) => {
    figures.stop()
    throw failure
  })
  const unfollow = options.onSample(figures.sample)
  return {
    address: opened.address,
    handler: opened.handler,
    observe: figures.observe,
    stop: async () => {
      unfollow()
      figures.stop()
      await opened.stop()
    },
  }
}
