import { z } from 'zod'
import { type Cursor, cursorSchema } from './cursor.ts'
import { collectionNameSchema } from './ids.ts'
import { inventorySchema, sampleSchema } from './telemetry.ts'

/**
 * The change feed: a WebSocket path of its own (`/feed`), JSON text frames. The client redeems a ticket (from the RPC
 * `feed.ticket`, one use, 30 s) with its cursors; the server answers each collection with `resume` or `snapshot`, pages
 * of a snapshot come when asked for, and changes follow in log order, all of one entry in one frame.
 *
 * A desktop that resumes its session and lacks so little that it is at hand gets the same frames over the socket of its calls
 * (`session.resume` with `feed`), and asks for pages there. A frame of the feed begins with `{"t":`, one of a call with `{"i":`.
 */
export const feedPath = '/feed'
export const rpcPath = '/rpc'

/** Sub-protocol names, so that a client of another protocol is refused at the handshake. */
export const feedProtocol = 'libral.feed.1'
export const rpcProtocol = 'libral.rpc.1'
/**
 * The same, greeted: the backend's first text frame is `{"hello": …}`, what `session.hello` answers, in one packet with the
 * handshake. Offered before the other one, which a backend that does not know it takes.
 */
export const greetedRpcProtocol = 'libral.rpc.2'

const keySchema = z.string().min(1).max(128)

/** What a desktop wants of a feed. */
export const feedWishes = {
  /** `null`: nothing kept, send a snapshot. */
  cursors: z.record(collectionNameSchema, cursorSchema.nullable()),
  telemetry: z.boolean(),
} as const
export interface FeedWishes {
  readonly cursors: Readonly<Record<string, Cursor | null>>
  readonly telemetry: boolean
}

/** The next page of a collection's snapshot, after this key (`null`: from the start). One page in flight each. */
export const pageRequestSchema = z.strictObject({
  t: z.literal('page'),
  collection: collectionNameSchema,
  after: keySchema.nullable(),
})
export type PageRequest = z.infer<typeof pageRequestSchema>

export const feedRequestSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('open'), ticket: z.string().max(64), ...feedWishes }),
  pageRequestSchema,
])
export type FeedRequest = z.infer<typeof feedRequestSchema>

/** `[offset, collection, key, row]`; row `null` deletes. Offset = log size after the entry that caused it. */
export const changeSchema = z.tuple([z.int().min(1), collectionNameSchema, keySchema, z.json().nullable()])
export type Change = z.infer<typeof changeSchema>

export const feedFrameSchema = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('opened'),
    /** Log size at the time of answering. */
    size: z.int().min(0),
    now: z.int(),
    collections: z.record(
      collectionNameSchema,
      z.discriminatedUnion('mode', [
        /** Changes after the client's cursor follow by themselves. */
        z.strictObject({ mode: z.literal('resume') }),
        /** Drop what is kept; ask for pages; changes after `offset` follow by themselves. */
        z.strictObject({
          mode: z.literal('snapshot'),
          epoch: z.int().min(1),
          offset: z.int().min(0),
          version: z.int(),
        }),
        /** The role may not read it (any more): drop what is kept. */
        z.strictObject({ mode: z.literal('denied') }),
        z.strictObject({ mode: z.literal('unknown') }),
      ]),
    ),
  }),
  z.strictObject({
    t: z.literal('page'),
    collection: collectionNameSchema,
    epoch: z.int().min(1),
    rows: z.array(z.tuple([keySchema, z.json()])),
    /** Ask for the next page after this key; `null`: this was the last one. */
    next: keySchema.nullable(),
    /** With the last page: the snapshot is consistent once changes up to this offset are applied. */
    settled: z.int().min(0).nullable(),
  }),
  /** Every change up to log size `to`, for the collections that this client reads; empty when none concern it. */
  z.strictObject({ t: z.literal('changes'), to: z.int().min(0), changes: z.array(changeSchema) }),
  /** The collection was rebuilt or became (un)readable: the same answers as in `opened`. */
  z.strictObject({
    t: z.literal('reset'),
    collection: collectionNameSchema,
    mode: z.enum(['snapshot', 'denied']),
    epoch: z.int().min(1),
    offset: z.int().min(0),
    version: z.int(),
  }),
  /** Latest only; `dropped` counts the samples that back-pressure skipped since the last frame. */
  z.strictObject({ t: z.literal('sample'), sample: sampleSchema, dropped: z.int().min(0) }),
  z.strictObject({ t: z.literal('inventory'), inventory: inventorySchema }),
])
export type FeedFrame = z.infer<typeof feedFrameSchema>

/** Close codes, and what the client does about each. */
export const closeCodes = {
  /** The server stops in good order: come back with resume. */
  drained: 4000,
  /** Wrong or used ticket: get another one. */
  ticketWrong: 4001,
  /** A frame that the server can't read: a bug; come back slowly. */
  badFrame: 4002,
  /** The client's queue passed its bound: resume at once. */
  slow: 4008,
  /** The session ended (expired, revoked, locked): sign in again. */
  sessionEnded: 4010,
  /** No common protocol version: never come back by itself. */
  unsupported: 4011,
  /** Overload: come back after the pause in the reason (seconds). */
  overloaded: 4013,
} as const

export const feedLimits = {
  /** Largest frame that a client may send, in bytes. */
  requestBytes: 64 * 1024,
  /** What may wait in a client's queue before it is closed as slow, in bytes. */
  queueBytes: 1024 * 1024,
  pageRows: 1000,
  /** Soft bound of one `page` or `changes` frame, in bytes of JSON. */
  frameBytes: 512 * 1024,
  /** The server pings; a client that hears nothing for this long leaves and resumes. */
  pingMs: 10_000,
  deadMs: 25_000,
} as const
