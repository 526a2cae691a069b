import { randomBytes } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Principal } from '../kernel/kernel.ts'
import type { ConnectedClient, Peer } from './services.ts'

/** One RPC connection: where it comes from, what it was challenged with, who signed in on it. */
export class Connection {
  /** For log lines only. */
  readonly id = randomBytes(6).toString('hex')
  readonly address: string
  readonly #entered: () => void
  #calls = 0
  #nonce: string | undefined
  #session: { readonly principal: Principal; readonly client: string; readonly since: Instant } | undefined

  /** @param entered told when somebody has signed in */
  constructor(address: string, entered: () => void) {
    this.address = address
    this.#entered = entered
  }

  /** Names one call, in log lines and in the error that its caller gets. */
  nextCorrelation(): string {
    this.#calls++
    return `${this.id}-${this.#calls}`
  }

  /** A fresh nonce; the one before it is worth nothing from now on. */
  challenge(): string {
    this.#nonce = toBase64url(randomBytes(32))
    return this.#nonce
  }

  /** Hands the nonce out for one proof, right or wrong. */
  answerChallenge(): Peer {
    const nonce = this.#nonce
    if (nonce === undefined) throw new LibralError('input.invalid', { field: 'proof', reason: 'hello-first' })
    this.#nonce = undefined
    return { nonce, address: this.address }
  }

  signedIn(principal: Principal, client: string, since: Instant): void {
    this.#session = { principal, client, since }
    this.#entered()
  }

  /** Takes over what changed of the principal since. */
  renew(principal: Principal): Principal {
    if (this.#session) this.#session = { ...this.#session, principal }
    return principal
  }

  signedOut(): void {
    this.#session = undefined
  }

  /** @throws LibralError `session.required` */
  get principal(): Principal {
    if (!this.#session) throw new LibralError('session.required')
    return this.#session.principal
  }

  /** Who is signed in, if anybody is. */
  get standing(): Principal | undefined {
    return this.#session?.principal
  }

  get operator(): string | undefined {
    return this.#session?.principal.operator
  }

  get row(): ConnectedClient | undefined {
    if (!this.#session) return undefined
    const { principal, client, since } = this.#session
    return { operator: principal.operator, client, address: this.address, since }
  }
}
