import type { RawData, WebSocket } from 'ws'
import { type ErrorCode, errorCatalogue, LibralError } from '#protocol/errors.ts'
import { closeCodes, type FeedRequest, feedLimits, feedRequestSchema } from '#protocol/feed.ts'
import { parseStrict } from '#trust/strict-json.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { libralErrorOf } from './failure.ts'
import type { FrameBytes } from './frame-bytes.ts'
import type { TransportLimits } from './limits.ts'
import type { Log, Services } from './services.ts'
import { bytesOf, closeSocket } from './socket.ts'
import type { Tickets } from './tickets.ts'

export interface FeedParts {
  readonly kernel: Kernel
  readonly services: Services
  readonly tickets: Tickets
  readonly frames: FrameBytes
  readonly limits: TransportLimits
  readonly log: Log
}

type Opening = Extract<FeedRequest, { t: 'open' }>
type Subscription = Awaited<ReturnType<Kernel['feed']['open']>>

/** Page requests that may wait; a client has one per collection in flight. */
const waitingRequests = 64

/** One feed connection: redeems the ticket of the first frame, then passes pages and changes through. */
export class FeedSocket {
  readonly #parts: FeedParts
  readonly #socket: WebSocket
  #subscription: Promise<Subscription> | undefined
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(parts: FeedParts, socket: WebSocket) {
    this.#parts = parts
    this.#socket = socket
  }

  start(): void {
    const late = setTimeout(() => this.#close(closeCodes.ticketWrong, 'open frame missing'), this.#parts.limits.openMs)
    this.#socket.on('message', (data, isBinary) => {
      clearTimeout(late)
      this.#receive(data, isBinary)
    })
    this.#socket.once('close', () => {
      clearTimeout(late)
      // A subscription that is still being opened ends as soon as it is there.
      this.#subscription?.then(
        (subscription) => subscription.end(),
        () => undefined,
      )
    })
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const request = this.#parse(data, isBinary)
    if (!request) return
    if (request.t === 'page' && this.#subscription) {
      this.#enqueue(this.#subscription, request.collection, request.after)
    } else if (request.t === 'open' && !this.#subscription) {
      this.#subscription = this.#open(request)
      this.#subscription.catch((thrown: unknown) => this.#refuse(thrown, 'feed.open'))
    } else {
      this.#close(closeCodes.badFrame, 'open once, first')
    }
  }

  #parse(data: RawData, isBinary: boolean): FeedRequest | undefined {
    try {
      if (isBinary) throw new LibralError('input.invalid', { field: 'frame' })
      return feedRequestSchema.parse(parseStrict(bytesOf(data), feedLimits.requestBytes))
    } catch (refusal) {
      const code = refusal instanceof LibralError ? refusal.code : 'input.invalid'
      this.#parts.log.warn('feed.bad-frame', { code })
      this.#close(closeCodes.badFrame, code)
      return undefined
    }
  }

  async #open(request: Opening): Promise<Subscription> {
    const { kernel, services, tickets } = this.#parts
    const key = await tickets.redeem(request.ticket)
    // The session may have been opened on another instance a moment ago.
    if (kernel.principal(key) === undefined) await kernel.latest()
    const standing = kernel.principal(key)
    if (standing === undefined) throw new LibralError('session.ended')
    const principal = await services.current(standing)
    const subscription = await kernel.feed.open({
      principal,
      cursors: request.cursors,
      telemetry: request.telemetry,
      send: (frame) => this.#send(frame),
      waiting: () => this.#socket.bufferedAmount,
      close: (code, reason) => this.#close(code, reason),
    })
    this.#parts.log.debug('feed.opened', { operator: principal.operator })
    return subscription
  }

  #enqueue(opening: Promise<Subscription>, collection: string, after: string | null): void {
    if (this.#waiting >= waitingRequests) {
      this.#close(closeCodes.overloaded, '5')
      return
    }
    this.#waiting++
    this.#queue = this.#queue
      .then(async () => (await opening).page(collection, after))
      .catch((thrown: unknown) => this.#refuse(thrown, 'feed.page'))
      .finally(() => this.#waiting--)
  }

  /** Answers how many bytes wait in the socket now. */
  #send(frame: string): number {
    if (this.#socket.readyState !== this.#socket.OPEN) return 0
    this.#socket.send(this.#parts.frames.of(frame), { binary: false })
    return this.#socket.bufferedAmount
  }

  #refuse(thrown: unknown, step: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const { code } = libralErrorOf(thrown, step, this.#parts.log)
    if (code === 'feed.ticket-wrong') this.#parts.kernel.refused('anonymous', code)
    const close = closeCodeFor(code)
    this.#close(close, close === closeCodes.overloaded ? '5' : code)
  }

  #close(code: number, reason: string): void {
    closeSocket(this.#socket, code, reason, this.#parts.limits.closeMs)
  }
}

const closeCodeFor = (code: ErrorCode): number => {
  if (code === 'feed.ticket-wrong') return closeCodes.ticketWrong
  if (code.startsWith('session.')) return closeCodes.sessionEnded
  if (errorCatalogue[code].retry) return closeCodes.overloaded
  return closeCodes.badFrame
}
