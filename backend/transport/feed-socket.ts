import type { RawData, WebSocket } from 'ws'
import { LibralError } from '#protocol/errors.ts'
import { closeCodes, type FeedRequest, feedLimits, feedRequestSchema } from '#protocol/feed.ts'
import { parseStrict } from '#trust/strict-json.ts'
import type { FeedSubscription } from '../kernel/kernel.ts'
import { FeedChannel, type FeedChannelParts } from './feed-channel.ts'
import type { Services } from './services.ts'
import { bytesOf, closeSocket } from './socket.ts'
import type { Tickets } from './tickets.ts'

export interface FeedParts extends FeedChannelParts {
  readonly services: Services
  readonly tickets: Tickets
}

type Opening = Extract<FeedRequest, { t: 'open' }>

/** One feed connection: redeems the ticket of the first frame, then passes pages and changes through. */
export class FeedSocket {
  readonly #parts: FeedParts
  readonly #socket: WebSocket
  readonly #channel: FeedChannel

  constructor(parts: FeedParts, socket: WebSocket) {
    this.#parts = parts
    this.#socket = socket
    this.#channel = new FeedChannel(parts, socket)
  }

  start(): void {
    const late = setTimeout(() => this.#close(closeCodes.ticketWrong, 'open frame missing'), this.#parts.limits.openMs)
    this.#socket.on('message', (data, isBinary) => {
      clearTimeout(late)
      this.#receive(data, isBinary)
    })
    this.#socket.once('close', () => clearTimeout(late))
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const request = this.#parse(data, isBinary)
    if (!request) return
    if (request.t === 'page') this.#channel.page(request)
    else if (this.#channel.begun) this.#close(closeCodes.badFrame, 'open once, first')
    else this.#channel.begin(this.#open(request))
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

  async #open({ ticket, cursors, telemetry }: Opening): Promise<FeedSubscription> {
    const { kernel, services, tickets, log } = this.#parts
    const key = await tickets.redeem(ticket)
    // The session may have been opened on another instance a moment ago.
    if (kernel.principal(key) === undefined) await kernel.latest()
    const standing = kernel.principal(key)
    if (standing === undefined) throw new LibralError('session.ended')
    const principal = await services.current(standing)
    const subscription = await kernel.feed.open({ principal, cursors, telemetry, ...this.#channel.ends })
    log.debug('feed.opened', { operator: principal.operator })
    return subscription
  }

  #close(code: number, reason: string): void {
    closeSocket(this.#socket, code, reason, this.#parts.limits.closeMs)
  }
}
