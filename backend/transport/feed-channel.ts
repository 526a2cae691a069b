import type { WebSocket } from 'ws'
import { type ErrorCode, errorCatalogue } from '#protocol/errors.ts'
import { closeCodes, type PageRequest } from '#protocol/feed.ts'
import type { FeedOpening, FeedSubscription, Kernel } from '../kernel/kernel.ts'
import { libralErrorOf } from './failure.ts'
import type { FrameBytes } from './frame-bytes.ts'
import type { TransportLimits } from './limits.ts'
import type { Log } from './services.ts'
import { closeSocket } from './socket.ts'

export interface FeedChannelParts {
  readonly kernel: Kernel
  readonly frames: FrameBytes
  readonly limits: TransportLimits
  readonly log: Log
}

/** Page requests that may wait; a client has one per collection in flight. */
const waitingRequests = 64

/** The frames of one subscription on one socket, which may be its own or that of the calls. */
export class FeedChannel {
  readonly #parts: FeedChannelParts
  readonly #socket: WebSocket
  /** What waits in the socket and is none of the feed's, bytes. */
  readonly #others: () => number
  #subscription: Promise<FeedSubscription> | undefined
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(parts: FeedChannelParts, socket: WebSocket, others: () => number = () => 0) {
    this.#parts = parts
    this.#socket = socket
    this.#others = others
  }

  /** How the kernel reaches this socket. */
  get ends(): Pick<FeedOpening, 'send' | 'waiting' | 'close'> {
    return {
      send: (frame) => this.#send(frame),
      waiting: () => this.#unsent(),
      close: (code, reason) => this.#close(code, reason),
    }
  }

  get begun(): boolean {
    return this.#subscription !== undefined
  }

  /** Once. The subscription ends with the socket, also one that is still being opened then. */
  begin(subscription: Promise<FeedSubscription>): void {
    this.#subscription = subscription
    subscription.catch((thrown: unknown) => this.#refuse(thrown, 'feed.open'))
    const end = (): void => {
      subscription.then(
        (begun) => begun.end(),
        () => undefined,
      )
    }
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.once('close', end)
    else end()
  }

  page({ collection, after }: PageRequest): void {
    const opening = this.#subscription
    if (!opening) {
      this.#close(closeCodes.badFrame, 'open first')
      return
    }
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
    return this.#unsent()
  }

  #unsent(): number {
    return Math.max(0, this.#socket.bufferedAmount - this.#others())
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
