import type { RawData, WebSocket } from 'ws'
import type { Replica } from '#main/replica/replica.ts'
import type { Cursor } from '#protocol/cursor.ts'
import { type FeedRequest, feedLimits } from '#protocol/feed.ts'
import type { Target } from './desk.ts'
import { dial, isFeedFrame, opened } from './wire.ts'

/** Where what comes goes to. */
export interface FeedEnds {
  /** Number under which the replica knows the frames of this socket. */
  readonly session: number
  readonly replica: Pick<Replica, 'frame' | 'queued'>
  /** A frame of telemetry, still as text. */
  readonly onTelemetry: (text: string) => void
}
export interface FeedOptions extends FeedEnds {
  readonly target: Target
  readonly ticket: string
  readonly cursors: Readonly<Record<string, Cursor | null>>
}

/** The feed's socket: rows go to the replica as the bytes that came, figures are told apart by their first bytes. */
export interface Feed {
  readonly socket: WebSocket
  send(request: FeedRequest): void
}

const figures = ['{"t":"sample"', '{"t":"inventory"'].map((text) => Buffer.from(text))
const isFigures = (bytes: Buffer): boolean => figures.some((head) => bytes.subarray(0, head.length).equals(head))

/** What may wait for the replica's thread before the socket is read no further, bytes. */
const highWater = 8 * feedLimits.queueBytes
const lookAgainMs = 10

const bytesOf = (data: RawData): Buffer => (Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer))

const feedOver = (socket: WebSocket): Feed => ({
  socket,
  send: (request) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(request))
  },
})

/** Hands a frame on; the socket waits while the replica can't follow. */
const takeFrom = (socket: WebSocket, { session, replica, onTelemetry }: FeedEnds): ((bytes: Buffer) => void) => {
  const resumeWhenEaten = (): void => {
    if (replica.queued() < highWater / 2) socket.resume()
    else setTimeout(resumeWhenEaten, lookAgainMs)
  }
  return (bytes) => {
    if (isFigures(bytes)) {
      onTelemetry(bytes.toString('utf8'))
      return
    }
    if (replica.frame(session, bytes) < highWater || socket.isPaused) return
    socket.pause()
    resumeWhenEaten()
  }
}

/** @throws LibralError `link.offline` */
export const openFeed = async ({ target, ticket, cursors, ...ends }: FeedOptions): Promise<Feed> => {
  const socket = dial(target, 'feed')
  const take = takeFrom(socket, ends)
  socket.on('message', (data) => take(bytesOf(data)))
  await opened(socket)
  const feed = feedOver(socket)
  feed.send({ t: 'open', ticket, cursors: { ...cursors }, telemetry: true })
  return feed
}

/**
 * A feed on the socket of the calls. Its frames may follow right behind the answer that tells of them, so they are kept
 * from now on until the function returned is called: nothing is applied before the log's head has been looked at.
 */
export const holdFeed = (socket: WebSocket): ((ends: FeedEnds) => Feed) => {
  const held: Buffer[] = []
  let bytes = 0
  let take = (frame: Buffer): void => {
    held.push(frame)
    bytes += frame.byteLength
    if (bytes > highWater) socket.terminate()
  }
  socket.on('message', (data) => {
    const frame = bytesOf(data)
    if (isFeedFrame(frame)) take(frame)
  })
  return (ends) => {
    take = takeFrom(socket, ends)
    for (const frame of held.splice(0)) take(frame)
    return feedOver(socket)
  }
}
