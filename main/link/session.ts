import type { Offered } from '#main/audit/witness.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { errorCatalogue, LibralError } from '#protocol/errors.ts'
import type { FeedWishes } from '#protocol/feed.ts'
import { type Hello, protocolVersions, type SignedIn } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'
import type { Endpoint } from './desk.ts'
import { offeredOf } from './log-head.ts'
import { type BackendClient, call } from './wire.ts'

/** A session of this desktop. The key lives in this process's memory alone; null once it was destroyed by a lock. */
export interface Session {
  readonly signedIn: SignedIn
  readonly signer: Signer | null
}

/** What a backend of protocol 2 gives together with a resumed session: the answers to what is asked next. */
export interface Welcome {
  readonly seen: number | null
  readonly head: Offered
  /** null: the feed follows on this socket. */
  readonly ticket: string | null
  /** performance.now() when it came. */
  readonly at: number
}

export interface SignInOptions {
  readonly client: BackendClient
  readonly hello: Hello
  readonly credential: Endpoint['credential']
  readonly name: string
  readonly previous: Session | null
  /** Size of the log that this desktop saw last. */
  readonly seen: number | null
  /** What it wants of the feed, where that may follow at once. */
  readonly wishes: () => Promise<FeedWishes>
}

const proofOf = (signer: Signer, hello: Hello): string =>
  toBase64url(signer.sign(sessionProofBytes(hello.deployment, hello.nonce)))

/** The backend knows this session no more: a new one may do. */
export const isOver = (error: unknown): boolean =>
  error instanceof LibralError && error.code.startsWith('session.') && !errorCatalogue[error.code].retry

const begin = async ({ client, hello, credential, name }: SignInOptions): Promise<Session> => {
  if (credential.method !== 'certificate') {
    const signer = generateSigner()
    const claim = { publicKey: toBase64url(signer.publicKey), client: name, proof: proofOf(signer, hello) }
    return { signedIn: await call((limit) => client.session.signIn({ ...credential, ...claim }, limit)), signer }
  }
  if (credential.certification === null) throw new LibralError('session.key-needed')
  const { signer, command } = credential.certification
  const claim = { publicKey: toBase64url(signer.publicKey), client: name, proof: proofOf(signer, hello) }
  const asked = { method: 'certificate' as const, command: structuredClone(command) as SignedCommand, ...claim }
  return { signedIn: await call((limit) => client.session.signIn(asked, limit)), signer }
}

/** A key that has just been certified is meant, and not the session of before. */
const isOf = (known: Signer, credential: SignInOptions['credential']): boolean =>
  credential.method !== 'certificate' ||
  credential.certification === null ||
  credential.certification.signer.keyId === known.keyId

const resume = async (known: Signer, { client, hello, seen, wishes }: SignInOptions): Promise<SignInAnswer> => {
  const { max } = hello.protocol
  const feed = max >= 3 ? await wishes() : null
  const asked = { key: known.keyId, proof: proofOf(known, hello), ...(max >= 2 && { seen }), ...(feed && { feed }) }
  const { head, ticket, joined, ...signedIn } = await call((limit) => client.session.resume(asked, limit))
  const session = { signedIn, signer: known }
  if (!head || !(ticket || joined)) return { session, welcome: null }
  return { session, welcome: { seen, head: offeredOf(head), ticket: ticket ?? null, at: performance.now() } }
}

export interface SignInAnswer {
  readonly session: Session
  /** null: each has to be asked for. */
  readonly welcome: Welcome | null
}

/**
 * Takes up the session of before on a new connection, or begins one with a fresh key.
 * @throws LibralError `session.secret-wrong`, `session.token-wrong`, `session.key-needed`, `session.certificate-*`,
 *   `session.too-many-attempts`, `link.*`
 */
export const signIn = async (options: SignInOptions): Promise<SignInAnswer> => {
  const { previous } = options
  const known = previous?.signer
  if (known && isOf(known, options.credential)) {
    try {
      return await resume(known, options)
    } catch (error) {
      if (!isOver(error)) throw error
      // The proof that was refused has used the nonce up.
      const hello = await call((limit) => options.client.session.hello({ ...protocolVersions }, limit))
      return { session: await begin({ ...options, hello }), welcome: null }
    }
  }
  return { session: await begin(options), welcome: null }
}
