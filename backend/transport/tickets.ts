import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import type { Instant, KeyId } from '#protocol/ids.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'

export interface TicketsOptions {
  readonly now: () => Instant
  readonly lifeMs: number
  /** 32 bytes, the same on every instance: behind a proxy, `/feed` may lead to another one than `/rpc` did. */
  readonly secret: Uint8Array
  /** Answers whether this instance is the first to see the name; absent where there is one instance. */
  readonly firstUse?: (name: string, seconds: number) => Promise<boolean>
}

/** `session key (16) ‖ end in ms (6) ‖ random (10) ‖ HMAC-SHA-256, cut to 16`: 64 characters of base64url. */
const bytes = { key: 16, end: 6, random: 10, tag: 16 } as const
const signedBytes = bytes.key + bytes.end + bytes.random

/** Used ones remembered at once; each for its seconds, so only an attack comes near. */
const bound = 20_000

/** One-use tickets that carry a sign-in from `/rpc` to `/feed`, on this instance or another. */
export class Tickets {
  readonly #options: TicketsOptions
  /** Made once: from bytes, each tag would cost twice as much. */
  readonly #secret: KeyObject
  /** By random part, with its end; oldest first. */
  readonly #used = new Map<string, number>()

  constructor(options: TicketsOptions) {
    this.#options = options
    this.#secret = createSecretKey(options.secret)
  }

  issue({ key }: { readonly key: KeyId }): string {
    const { now, lifeMs } = this.#options
    const end = Buffer.alloc(bytes.end)
    end.writeUIntBE(now() + lifeMs, 0, bytes.end)
    const signed = Buffer.concat([fromBase64url(key), end, randomBytes(bytes.random)])
    return toBase64url(Buffer.concat([signed, this.#tag(signed)]))
  }

  /**
   * The session key that it was issued to.
   * @throws LibralError `feed.ticket-wrong` when it is none of ours, used or too old; `link.overloaded`
   */
  async redeem(ticket: string): Promise<KeyId> {
    const whole = Buffer.from(fromBase64urlOrNothing(ticket))
    if (whole.byteLength !== signedBytes + bytes.tag) throw new LibralError('feed.ticket-wrong')
    const signed = whole.subarray(0, signedBytes)
    if (!timingSafeEqual(this.#tag(signed), whole.subarray(signedBytes))) throw new LibralError('feed.ticket-wrong')
    const now = this.#options.now()
    const end = signed.readUIntBE(bytes.key, bytes.end)
    if (end <= now) throw new LibralError('feed.ticket-wrong')
    const name = toBase64url(signed.subarray(bytes.key + bytes.end))
    this.#spend(name, end, now)
    if ((await this.#options.firstUse?.(name, Math.ceil((end - now) / 1_000) + 1)) === false) {
      throw new LibralError('feed.ticket-wrong')
    }
    return toBase64url(signed.subarray(0, bytes.key)) as KeyId
  }

  get remembered(): number {
    return this.#used.size
  }

  #tag(signed: Uint8Array): Buffer {
    return createHmac('sha256', this.#secret).update(signed).digest().subarray(0, bytes.tag)
  }

  #spend(name: string, end: number, now: number): void {
    for (const [used, until] of this.#used) {
      if (until > now) break
      this.#used.delete(used)
    }
    if (this.#used.has(name)) throw new LibralError('feed.ticket-wrong')
    if (this.#used.size >= bound) throw new LibralError('link.overloaded', { retryAfterSeconds: 5 })
    this.#used.set(name, end)
  }
}

const fromBase64urlOrNothing = (text: string): Uint8Array => {
  try {
    return fromBase64url(text)
  } catch {
    return new Uint8Array()
  }
}
