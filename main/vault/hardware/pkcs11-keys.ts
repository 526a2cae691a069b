import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import type { TokenAlgorithm } from '#protocol/hardware-algorithms.ts'
import type { AskSecret } from './ask.ts'
import type { ExternalKey, ExternalPublic } from './external-key.ts'
import type { Pkcs11Client, TokenAnswer } from './pkcs11-client.ts'
import { type Token, type TokenKey, type TokenRequest, tokenKeySchema, tokenSchema } from './pkcs11-protocol.ts'

/** Names a token for good: slot numbers change. */
export interface TokenName {
  readonly serial: string
  readonly label: string
}

export const listTokens = async (client: Pkcs11Client): Promise<readonly Token[]> =>
  z.array(tokenSchema).parse((await client.request({ op: 'tokens' })).result)

type WithSlot = Exclude<TokenRequest, { op: 'tokens' | 'login' }>
type WithoutSlot = WithSlot extends infer R ? (R extends { slot: number } ? Omit<R, 'slot'> : never) : never

/** Keys of one token; its PIN is asked when the token wants it, and again after its process had to be started anew. */
export class TokenKeys {
  readonly #client: Pkcs11Client
  readonly #name: TokenName
  readonly #ask: AskSecret

  constructor(client: Pkcs11Client, name: TokenName, ask: AskSecret) {
    this.#client = client
    this.#name = name
    this.#ask = ask
  }

  async list(): Promise<readonly TokenKey[]> {
    return z.array(tokenKeySchema).parse((await this.#use({ op: 'keys' })).result)
  }

  /** @returns the new key; `id` is random */
  async generate(algorithm: TokenAlgorithm, use: 'sign' | 'encrypt', label: string): Promise<TokenKey> {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex')
    await this.#use({ op: 'generate', algorithm, use, label, id })
    const made = (await this.list()).find((it) => it.id === id)
    if (made === undefined) throw new LibralError('hardware.key-missing')
    return made
  }

  /** @param createdAt stored with the key since it was first certified */
  external(key: TokenKey, createdAt: Date): ExternalKey {
    return this.externalOf(key, publicOf(key), createdAt)
  }

  /** The same where its numbers are known: nothing is asked of the token before a use. */
  externalOf({ id, uses }: Pick<TokenKey, 'id' | 'uses'>, known: ExternalPublic, createdAt: Date): ExternalKey {
    return {
      public: known,
      createdAt,
      ...(uses.includes('sign') && {
        sign: async (hash: number, digest: Uint8Array) => {
          const input = known.kind === 'rsa' ? withDigestInfo(hash, digest) : Buffer.from(digest)
          const { body } = await this.#use({ op: 'sign', id }, input)
          if (known.kind === 'rsa') return { r: null, s: body }
          return { r: body.subarray(0, body.length / 2), s: body.subarray(body.length / 2) }
        },
      }),
      ...(known.kind === 'rsa' &&
        uses.includes('decrypt') && {
          unwrap: async (cryptogram: Uint8Array) => {
            const size = known.n.length
            const whole = Buffer.concat([Buffer.alloc(Math.max(0, size - cryptogram.length)), cryptogram])
            return (await this.#use({ op: 'decrypt', id }, whole)).body
          },
        }),
      ...(known.kind === 'nistp256' &&
        uses.includes('derive') && {
          agree: async (point: Uint8Array) => (await this.#use({ op: 'derive', id }, Buffer.from(point))).body,
        }),
    }
  }

  async #token(): Promise<Token> {
    const tokens = await listTokens(this.#client)
    const token = tokens.find((it) => it.serial === this.#name.serial && it.label === this.#name.label)
    if (token === undefined) throw new LibralError('hardware.token-missing')
    return token
  }

  async #login(token: Token): Promise<void> {
    if (!token.loginRequired) return
    const name = `${token.serial} ${token.label}`
    if (this.#client.loggedIn.has(name)) return
    if (token.pin === 'blocked') throw new LibralError('hardware.pin-blocked')
    const pin = await this.#ask({ kind: 'token-pin', name: token.label, last: token.pin === 'last' })
    if (pin === null) throw new LibralError('hardware.cancelled')
    await this.#client.request({ op: 'login', slot: token.slot }, pin)
    this.#client.loggedIn.add(name)
  }

  async #use(request: WithoutSlot, body?: Uint8Array): Promise<TokenAnswer> {
    const token = await this.#token()
    const whole = { ...request, slot: token.slot } as WithSlot
    await this.#login(token)
    const kept = body === undefined ? undefined : Buffer.from(body)
    try {
      return await this.#client.request(whole, body)
    } catch (failure) {
      // A token that was pulled and put back has forgotten us.
      if (!(failure instanceof LibralError && failure.code === 'hardware.token-login-lost')) throw failure
      this.#client.loggedIn.clear()
      await this.#login(token)
      return await this.#client.request(whole, kept)
    } finally {
      kept?.fill(0)
    }
  }
}

const publicOf = ({ public: shown }: TokenKey): ExternalPublic => {
  const bytes = (value: string): Buffer => Buffer.from(value, 'base64url')
  if (shown.kind === 'rsa') return { kind: 'rsa', n: bytes(shown.n), e: bytes(shown.e) }
  return { kind: shown.kind, point: bytes(shown.point) }
}

/** DER of DigestInfo up to the digest (RFC 8017, section 9.2), by OpenPGP's number of the hash. */
const digestInfo: Readonly<Record<number, string>> = {
  8: '3031300d060960864801650304020105000420',
  9: '3041300d060960864801650304020205000430',
  10: '3051300d060960864801650304020305000440',
}

const withDigestInfo = (hash: number, digest: Uint8Array): Buffer => {
  const prefix = digestInfo[hash]
  if (prefix === undefined) throw new LibralError('hardware.unsupported')
  return Buffer.concat([Buffer.from(prefix, 'hex'), digest])
}
