import { v7 as uuidv7 } from 'uuid'
import { LibralError } from '#protocol/errors.ts'
import { bytes32Schema, commandIdSchema, operatorIdSchema } from '#protocol/ids.ts'
import { protocolVersions } from '#protocol/session.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'
import { signCommand } from '#trust/statement.ts'
import type { Target } from './desk.ts'
import { call, clientOver, dial, opened } from './wire.ts'

/** Who comes in by a first administrator's code, and the token that lets them in from then on. */
export interface Redemption {
  readonly code: string
  readonly operator: string
  readonly name: string
  /** Kept before this is tried: an answer that is lost on the way locks nobody out. */
  readonly token: string
  /** What the token is called in the list of tokens. */
  readonly label: string
  readonly client: string
}

const lifeMs = 60_000

/**
 * Uses a code up; from then on the token signs in. The session that this opens is ended again: the desk begins its own. An
 * answer that is lost on the way is no failure: whether the token lets in will tell.
 * @throws LibralError `session.code-wrong`, `session.code-expired`, `session.too-many-attempts`, `link.*` where it was not
 *   sent
 */
export const redeemCode = async (
  target: Target,
  { code, token, client: desktop, ...who }: Redemption,
): Promise<void> => {
  const socket = dial(target, 'rpc')
  try {
    await opened(socket)
    const client = clientOver(socket)
    const hello = await call((limit) => client.session.hello({ ...protocolVersions }, limit))
    const signer = generateSigner()
    const asked = {
      method: 'code' as const,
      secret: code,
      operator: operatorIdSchema.parse(who.operator),
      name: who.name,
      label: who.label,
      token: bytes32Schema.parse(toBase64url(sha256(utf8(token)))),
      publicKey: bytes32Schema.parse(toBase64url(signer.publicKey)),
      client: desktop,
      proof: toBase64url(signer.sign(sessionProofBytes(hello.deployment, hello.nonce))),
    }
    const signedIn = await call((limit) => client.session.signIn(asked, limit)).catch(lostOnTheWay)
    if (signedIn === null) return
    const { operator } = signedIn
    const end = signCommand({
      context: hello.deployment,
      command: 'session.end',
      params: { key: signer.keyId },
      id: commandIdSchema.parse(uuidv7()),
      operator,
      issuedAt: hello.now,
      expiresAt: hello.now + lifeMs,
      kind: 'session',
      signer,
    })
    await call((limit) => client.command.submit(end, limit)).catch(() => {})
  } finally {
    socket.terminate()
  }
}

const lostOnTheWay = (thrown: unknown): null => {
  if (thrown instanceof LibralError && ['link.offline', 'link.time-out'].includes(thrown.code)) return null
  throw thrown
}
