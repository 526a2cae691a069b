import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LibralError } from '#protocol/errors.ts'
import { inboxLimits, oversizedHeader } from '../kernel/inbox.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { WebhookWay } from '../kernel/module.ts'
import { memoryLimiters } from './limiters.ts'
import type { Peers } from './peers.ts'

/** Where others report what happened on their side. */
export const webhooksPrefix = '/webhooks/'

export interface WebhookRules {
  /** The ways in that the modules of this build offer. */
  readonly ways: readonly WebhookWay[]
  readonly receive: Kernel['inbox']['receive']
  readonly peers: Peers
}

export const webhookLimits = {
  /** Larger ones are refused; the beginning is kept with the mark, so that the refusal can be looked at. */
  bodyBytes: inboxLimits.bodyBytes,
  keptBytes: 4 * 1024,
  /** What is read of one at all. */
  readBytes: 1024 * 1024,
  headerBytes: 4 * 1024,
  /** Of one address, a second. */
  perSecond: 1_500,
} as const

const statusOf: Readonly<Record<string, number>> = {
  'input.too-large': 413,
  'link.overloaded': 429,
  'inbox.full': 503,
}

/**
 * `POST /webhooks/NAME`: answered 200 once the inbox has it durably, or had it before. Nothing is judged here: who sent it
 * learns nothing of what we think of it.
 */
export const addWebhookRoutes = (app: FastifyInstance, { ways, receive, peers }: WebhookRules): void => {
  const limiter = memoryLimiters({ name: 'webhooks', points: webhookLimits.perSecond, seconds: 1 })
  const byName = new Map(ways.map((way) => [way.name, way]))

  const take = async (request: FastifyRequest, reply: FastifyReply, way: WebhookWay): Promise<FastifyReply> => {
    const whole = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const oversized = whole.byteLength > webhookLimits.bodyBytes
    const body = oversized ? whole.subarray(0, webhookLimits.keptBytes) : whole
    const mark = oversized ? { [oversizedHeader]: String(whole.byteLength) } : {}
    const headers = { ...keptHeaders(request, way), ...mark }
    await receive({ id: webhookItemId(headers, body), source: way.source, headers, body })
    return reply.code(oversized ? 413 : 200).send('')
  }

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: webhookLimits.readBytes }, (_request, body, done) =>
      done(null, body),
    )
    scope.post<{ Params: { name: string } }>(`${webhooksPrefix}:name`, async (request, reply) => {
      const way = byName.get(request.params.name)
      if (!way) return reply.code(404).send('')
      try {
        await limiter.consume(peers.of(request.raw).address)
        return await take(request, reply, way)
      } catch (thrown) {
        const status = thrown instanceof LibralError ? statusOf[thrown.code] : thrown instanceof Error ? undefined : 429
        if (status === undefined) throw thrown
        if (status !== 413) reply.header('retry-after', '1')
        return reply.code(status).send('')
      }
    })
  })
}

const keptHeaders = (request: FastifyRequest, { headers, secretHeaders = [] }: WebhookWay): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const name of ['content-type', ...headers, ...secretHeaders]) {
    const value = request.headers[name]
    if (typeof value !== 'string') continue
    const long = value.length > webhookLimits.headerBytes
    const secret = secretHeaders.includes(name)
    kept[name] = secret ? hashOf(value) : long ? value.slice(0, webhookLimits.headerBytes) : value
  }
  return kept
}

/** How a shared secret is kept: enough to know it again. */
const hashOf = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`

/**
 * Named by all of its content: what somebody else sends can never stand in the way of the real one, and the same delivered
 * again is the same.
 */
export const webhookItemId = (headers: Readonly<Record<string, string>>, body: Uint8Array): string => {
  const hash = createHash('sha256')
  for (const [name, value] of Object.entries(headers).sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(JSON.stringify([name, value]))
  }
  return hash.update(body).digest('base64url')
}
