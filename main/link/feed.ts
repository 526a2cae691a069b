import type { WebSocket } from 'ws'
import type { Replica } from '#main/replica/replica.ts'
import type { Cursor } from '#protocol/cursor.ts'
import { type FeedRequest, feedLimits } from '#protocol/feed.ts'
import type { Target } from './desk.ts'
import { dial, opened } from './wire.ts'

export interface FeedOptions {
  readonly target: Target
  readonly ticket: string
  readonly cursors: Readonly<Record<string, Cursor | null>>
  /** Number under which the replica knows the frames of this socket. */
  readonly session: number
  readonly replica: Pick<Replica, 'frame' | 'queued'>
  /** A frame of telemetry, still as text. */
  readonly onTelemetry: (text: string) => void
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

/** @throws LibralError `link.offline` */
export const openFeed = async (options: FeedOptions): Promise<Feed> => {
  const { target, ticket, cursors, session, replica, onTelemetry } = options
  const socket = dial(target, 'feed')
  const send = (request: FeedRequest): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(request))
  }

  const resumeWhenEaten = (): void => {
    if (replica.queued() < highWater / 2) socket.resume()
    else setTimeout(resumeWhenEaten, lookAgainMs)
  }

  socket.on('message', (data) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer)
    if (isFigures(bytes)) {
      onTelemetry(bytes.toString('utf8'))
      return
    }
    if (replica.frame(session, bytes) < highWater || socket.isPaused) return
    socket.pause()
    resumeWhenEaten()
  })
  await opened(socket)
  send({ t: 'open', ticket, cursors: { ...cursors }, telemetry: true })
  return { socket, send }
}
