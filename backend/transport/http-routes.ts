import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { feedPath, rpcPath } from '#protocol/feed.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import type { Readiness } from './health.ts'
import { type HealthAnswer, openApiDocument } from './http-contract.ts'
import type { Peers } from './peers.ts'
import type { Prometheus } from './prometheus.ts'
import type { Log } from './services.ts'
import { addTileRoutes, type TileRules } from './tile-routes.ts'
import { addWebhookRoutes, type WebhookRules, webhooksPrefix } from './webhook-routes.ts'
import { addWkdRoutes, wkdPrefix } from './wkd-routes.ts'

export interface HttpOptions {
  readonly deployment: DeploymentId
  readonly instance: string
  readonly version: string
  readonly figures: Prometheus
  readonly readiness: () => Readiness
  readonly peers: Peers
  readonly log: Log
  /** The folder of a Web Key Directory to serve; absent: none. */
  readonly wkd?: string | undefined
  readonly tiles: Omit<TileRules, 'peers'>
  readonly webhooks: Omit<WebhookRules, 'peers'>
}

const mostBody = 1_024
const wholeRequestMs = 5_000

/** Health, metrics and their description: for a server of its own, or for one that also takes WebSockets. */
export const httpRoutes = async (
  options: HttpOptions,
): Promise<{ readonly handler: RequestListener; readonly close: () => Promise<void> }> => {
  const app = Fastify({
    logger: false,
    bodyLimit: mostBody,
    requestTimeout: wholeRequestMs,
    forceCloseConnections: true,
    genReqId: (request) => requestId(request as IncomingMessage, options.peers),
  })
  app.addHook('onRequest', (request, reply) => guard(request, reply, options))
  app.addHook('onResponse', async (request, reply) => {
    options.log.debug('http.request', {
      correlation: request.id,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    })
  })
  answerFailures(app, options.log)
  addRoutes(app, options)
  addTileRoutes(app, { ...options.tiles, peers: options.peers })
  addWebhookRoutes(app, { ...options.webhooks, peers: options.peers })
  if (options.wkd !== undefined) addWkdRoutes(app, options.wkd)
  await app.ready()
  return { handler: (request, response) => app.routing(request, response), close: () => app.close() }
}

const requestId = (request: IncomingMessage, peers: Peers): string =>
  peers.of(request).requestId ?? randomBytes(8).toString('hex')

/** An IP address or a name that nobody else can own. */
const ownName = /^(localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])(:\d+)?$/i

/**
 * No web page gets an answer: a browser sends Origin across origins, and a page whose own name was made to point at this
 * machine (DNS rebinding) names itself in Host. What is published for everybody is told to pages, too; webhooks may come
 * through a tunnel that leaves the public name in Host, and are told nothing.
 */
const guard = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { peers, wkd }: Pick<HttpOptions, 'peers' | 'wkd'>,
): Promise<void> => {
  reply.header('x-request-id', request.id)
  const peer = peers.of(request.raw)
  const direct = peer.address === '127.0.0.1' || peer.address === '::1'
  const webhook = request.url.startsWith(webhooksPrefix)
  const rebound = direct && !peer.proxied && !webhook && !ownName.test(request.headers.host ?? '')
  const everybody = wkd !== undefined && request.url.startsWith(wkdPrefix)
  const page = !everybody && (request.headers.origin !== undefined || rebound)
  if (page || (peers.refuses(peer) && !peers.mayWatch(peer))) {
    await reply.code(403).send({ status: 'forbidden', correlation: request.id })
  }
}

const answerFailures = (app: FastifyInstance, log: Log): void => {
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0]
    if (path === rpcPath || path === feedPath) {
      await reply.code(426).headers({ upgrade: 'websocket', connection: 'close' }).send()
      return
    }
    await reply.code(404).send({ status: 'not-found', correlation: request.id })
  })
  app.setErrorHandler(async (error, request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
    if (status >= 500) log.error('http.unexpected', { correlation: request.id })
    await reply.code(status).send({ status: 'failed', correlation: request.id })
  })
}

const addRoutes = (app: FastifyInstance, options: HttpOptions): void => {
  const { deployment, instance, peers } = options
  const health = (): HealthAnswer => {
    const { ready, reasons } = options.readiness()
    return {
      status: ready ? 'ok' : reasons.includes('draining') ? 'draining' : 'unready',
      deployment,
      instance,
      reasons,
    }
  }
  const whenReady = (_request: FastifyRequest, reply: FastifyReply) => {
    const answer = health()
    return answer.status === 'ok' ? reply.send(answer) : reply.code(503).header('retry-after', '1').send(answer)
  }
  app.get('/health', whenReady)
  app.get('/health/ready', whenReady)
  app.get('/health/live', () => ({ status: 'ok', deployment, instance, reasons: [] }) satisfies HealthAnswer)
  app.get('/metrics', async (request, reply) => {
    if (!peers.mayReadMetrics(peers.of(request.raw))) {
      return reply.code(403).send({ status: 'forbidden', correlation: request.id })
    }
    return reply.type(options.figures.contentType).send(await options.figures.text())
  })
  app.get('/openapi.json', () => openApiDocument(options.version))
}
