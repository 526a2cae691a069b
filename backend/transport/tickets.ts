import { randomBytes } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Principal } from '../kernel/kernel.ts'

interface Ticket {
  readonly principal: Principal
  readonly expiresAt: Instant
}

/** Outstanding tickets at once; each lives for seconds and is used once, so only an attack comes near. */
const bound = 20_000

/** One-use tickets that carry a sign-in from `/rpc` to `/feed`. */
export class Tickets {
  readonly #now: () => Instant
  readonly #lifeMs: number
  /** Oldest first, so that expired ones stand in front. */
  readonly #tickets = new Map<string, Ticket>()

  constructor(now: () => Instant, lifeMs: number) {
    this.#now = now
    this.#lifeMs = lifeMs
  }

  /** @throws LibralError `link.overloaded` when far too many are outstanding */
  issue(principal: Principal): string {
    this.#sweep()
    if (this.#tickets.size >= bound) throw new LibralError('link.overloaded', { retryAfterSeconds: 5 })
    const ticket = toBase64url(randomBytes(32))
    this.#tickets.set(ticket, { principal, expiresAt: this.#now() + this.#lifeMs })
    return ticket
  }

  /** @throws LibralError `feed.ticket-wrong` when it is unknown, used or too old */
  redeem(ticket: string): Principal {
    const found = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    if (!found || found.expiresAt <= this.#now()) throw new LibralError('feed.ticket-wrong')
    return found.principal
  }

  get outstanding(): number {
    return this.#tickets.size
  }

  #sweep(): void {
    const now = this.#now()
    for (const [ticket, { expiresAt }] of this.#tickets) {
      if (expiresAt > now) return
      this.#tickets.delete(ticket)
    }
  }
}
