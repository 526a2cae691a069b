import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, Instant, KeyId, OperatorId } from '#protocol/ids.ts'
import {
  certifyKey,
  codeKey,
  codeLimits,
  openSession,
  redeemCode,
  type SessionRow,
  sessionLimits,
} from '#protocol/session.ts'
import { equalBytes, fromBase64url, sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { keyIdOf, verify } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'
import type { ServiceCommand } from '../../kernel/module.ts'
import type { Peer, ResumeRequest, SignInRequest } from '../../transport/services.ts'
import { codeDigest, codeRefusal } from './codes.ts'
import { type Directory, standing } from './directory.ts'
import { localOperator } from './operators.ts'
import { isUsable } from './tokens.ts'

/** The digest under which a token stands in the log. */
export const tokenDigest = (token: string): string => toBase64url(sha256(utf8(token)))

export interface Credentials {
  readonly operator: OperatorId
  readonly token: string | null
  /** The session may not outlive its token. */
  readonly until: Instant
}

/**
 * Who a secret belongs to. Digests are compared, so neither length nor content of the launch secret shows in the time
 * taken.
 *
 * @throws LibralError `session.secret-wrong`, `session.token-wrong`
 */
export const credentialsOf = (
  request: Pick<BySecret, 'method' | 'secret'>,
  launchSecret: string | null,
  directory: Directory,
  at: Instant,
): Credentials => {
  if (request.method === 'launch') {
    const known = launchSecret !== null && equalBytes(sha256(utf8(request.secret)), sha256(utf8(launchSecret)))
    if (!known) throw new LibralError('session.secret-wrong')
    return { operator: localOperator, token: null, until: at + sessionLimits.lifeMs }
  }
  const digest = tokenDigest(request.secret)
  const token = directory.tokens.get(digest)
  const operator = token && directory.operators.get(token.operator)
  if (!isUsable(token, at) || !operator || operator.disabled) throw new LibralError('session.token-wrong')
  return { operator: token.operator, token: digest, until: Math.min(at + sessionLimits.lifeMs, token.expiresAt) }
}

/** @throws LibralError `session.proof-wrong` when the key's holder did not sign this connection's nonce */
export const checkProof = async (
  deployment: DeploymentId,
  peer: Pick<Peer, 'nonce'>,
  publicKey: string,
  proof: string,
): Promise<void> => {
  const signed = sessionProofBytes(deployment, peer.nonce)
  const valid = await verify(fromBase64url(publicKey), signed, fromBase64url(proof)).catch(() => false)
  if (!valid) throw new LibralError('session.proof-wrong')
}

type BySecret = Extract<SignInRequest, { method: 'launch' | 'token' }>

/**
 * The session key that a certification is for: that of the caller, who proved to hold it, on the client that they say.
 *
 * @throws LibralError `session.proof-wrong`, `input.invalid`
 */
export const certifiedKey = ({
  command,
  publicKey,
  client,
}: Extract<SignInRequest, { method: 'certificate' }>): KeyId => {
  if (command.statement.command !== certifyKey.name) throw new LibralError('input.invalid', { field: 'command' })
  const params = certifyKey.params.safeParse(command.params)
  if (!params.success) throw new LibralError('input.invalid', { field: 'command.params' })
  if (params.data.publicKey !== publicKey || params.data.client !== client) throw new LibralError('session.proof-wrong')
  return params.data.key
}

/** The command that certifies a session key. */
export const openingOf = (
  request: Pick<BySecret, 'publicKey' | 'client' | 'method'>,
  credentials: Credentials,
): ServiceCommand<typeof openSession.params> => ({
  command: openSession,
  params: {
    key: keyIdOf(fromBase64url(request.publicKey)),
    publicKey: request.publicKey,
    operator: credentials.operator,
    client: request.client,
    method: request.method,
    token: credentials.token,
    expiresAt: credentials.until,
  },
})

/**
 * The command that uses up the code that a desktop brings, for the administrator it names.
 *
 * @throws LibralError `session.code-wrong`, `session.code-expired`
 */
export const redemptionOf = (
  request: Extract<SignInRequest, { method: 'code' }>,
  directory: Directory,
  at: Instant,
): ServiceCommand<typeof redeemCode.params> => {
  const code = codeDigest(request.secret)
  const refused = codeRefusal(directory.codes.get(codeKey), code, at)
  if (refused !== null) throw new LibralError(refused)
  const { publicKey, client, operator, token, name, label } = request
  const key = keyIdOf(fromBase64url(publicKey))
  const expiresAt = at + sessionLimits.lifeMs
  return {
    command: redeemCode,
    params: {
      ...{ code, name, label, tokenExpiresAt: at + codeLimits.tokenLifeMs },
      session: { key, publicKey, operator, client, method: 'token', token, expiresAt },
    },
  }
}

/**
 * The session that a key takes up on a new connection.
 *
 * @throws LibralError `session.required` (never seen), `session.ended`, `session.expired`, `session.proof-wrong`
 */
export const resumable = async (
  request: ResumeRequest,
  peer: Pick<Peer, 'nonce'>,
  deployment: DeploymentId,
  directory: Directory,
  at: Instant,
): Promise<SessionRow> => {
  const session = directory.sessions.get(request.key as KeyId)
  // The proof comes first: only the key's holder is told what became of its session.
  if (session) await checkProof(deployment, peer, session.publicKey, request.proof)
  const reason = standing(session, directory, at)
  if (reason !== null || !session) throw new LibralError(reason ?? 'session.required')
  return session
}
