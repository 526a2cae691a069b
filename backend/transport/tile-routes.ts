import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LibralError } from '#protocol/errors.ts'
import { parseTilePath, type TilePath } from '#trust/tlog/tile.ts'
import { memoryLimiters } from './limiters.ts'
import type { Peers } from './peers.ts'

/** The log as c2sp.org/tlog-tiles serves it: static files under a prefix. */
export const tilesPrefix = '/log/'

/** Where checkpoint and tiles come from, and who may read them. */
export interface PublishedLog {
  /** The newest published checkpoint, signed and cosigned. */
  checkpoint(): Promise<string>
  /** null for what the published tree does not hold. */
  tile(path: TilePath): Promise<Uint8Array | null>
  /**
   * Who reads by this token of an operator; the kernel counts a refusal.
   * @throws LibralError `session.token-wrong`, `session.too-many-attempts`, `command.not-permitted`
   */
  reader(token: string, address: string): Promise<string>
  /** Entries were handed to this operator: for the access log. */
  handed(operator: string, entries: number): void
}

export interface TileRules {
  readonly log: PublishedLog
  /** Checkpoint and hashes for anybody, so that strangers can be witnesses. Entries always need a token. */
  readonly openTree: boolean
  readonly peers: Peers
}

/** A second's requests of one reader, or of one address. */
const perSecond = 200
const compress = promisify(gzip)

const statusOf: Readonly<Record<string, number>> = {
  'session.token-wrong': 401,
  'session.too-many-attempts': 429,
  'command.not-permitted': 403,
}

/** What never changes: full and partial tiles of a tree that only grows. */
const immutable = (open: boolean): string => `${open ? 'public' : 'private'}, max-age=31536000, immutable`

/** Serves `checkpoint`, `tile/L/N[.p/W]` and `tile/entries/N[.p/W]`. */
export const addTileRoutes = (app: FastifyInstance, { log, openTree, peers }: TileRules): void => {
  const limiter = memoryLimiters({ name: 'tiles', points: perSecond, seconds: 1 })

  /** @returns who reads; null after it was answered */
  const admitted = async (request: FastifyRequest, reply: FastifyReply, open: boolean): Promise<string | null> => {
    const { address } = peers.of(request.raw)
    const token = /^Bearer ([A-Za-z0-9_-]{16,128})$/.exec(request.headers.authorization ?? '')?.[1]
    reply.header('vary', 'authorization').header('x-content-type-options', 'nosniff')
    try {
      const reader = open ? 'anonymous' : token === undefined ? null : await log.reader(token, address)
      if (reader === null) {
        await reply.code(401).header('www-authenticate', 'Bearer').send('')
        return null
      }
      await limiter.consume(open ? address : reader)
      return reader
    } catch (thrown) {
      const status = thrown instanceof LibralError ? statusOf[thrown.code] : 429
      if (status === undefined) throw thrown
      if (status === 429) reply.header('retry-after', '1')
      if (status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"')
      await reply.code(status).send('')
      return null
    }
  }

  app.get(`${tilesPrefix}checkpoint`, async (request, reply) => {
    if ((await admitted(request, reply, openTree)) === null) return reply
    const note = await log.checkpoint()
    return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(note)
  })

  app.get(`${tilesPrefix}tile/*`, async (request, reply) => {
    const path = pathOf(request.url)
    const open = openTree && path !== null && path.level !== 'entries'
    const reader = await admitted(request, reply, open)
    if (reader === null) return reply
    const content = path && (await log.tile(path))
    // What is not published yet may be in a moment.
    if (path === null || content === null) return reply.code(404).header('cache-control', 'no-store').send('')
    reply.type('application/octet-stream').header('cache-control', immutable(open))
    if (path.level !== 'entries') return reply.send(Buffer.from(content))
    if (request.method !== 'HEAD') log.handed(reader, path.width)
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(Buffer.from(content))
    reply.header('vary', 'authorization, accept-encoding').header('content-encoding', 'gzip')
    return reply.send(await compress(content))
  })
}

/** Only the one spelling of each path names anything. */
const pathOf = (url: string): TilePath | null => {
  try {
    return parseTilePath(url.slice(tilesPrefix.length))
  } catch {
    return null
  }
}
