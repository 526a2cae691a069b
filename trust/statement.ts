import { randomBytes } from 'node:crypto'
import type { Ed25519Signature, Json, SignedCommand, Statement } from '#protocol/command.ts'
import type { CommandId, DeploymentId, Instant, OperatorId } from '#protocol/ids.ts'
import { fromBase64url, sha256, sha256Text, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes } from './canonical.ts'
import type { Signer } from './ed25519.ts'

/** Keeps a statement's signature from ever passing as a signature over anything else. */
const domain = utf8('libral statement v1\n')

/** RFC 8785 bytes of the statement. */
export const statementBytes = (statement: Statement): Uint8Array => canonicalBytes(statement)

/** SHA-256 of those bytes, base64url: what an approval names as its target. */
export const statementDigest = (statement: Statement): string => toBase64url(sha256(statementBytes(statement)))

/** Exactly the bytes that a signature covers. */
export const signedBytes = (statement: Statement): Uint8Array => signedBytesOver(statementBytes(statement))

/** The same over the statement's canonical bytes, for who has them already. */
export const signedBytesOver = (canonical: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(domain.byteLength + canonical.byteLength)
  bytes.set(domain)
  bytes.set(canonical, domain.byteLength)
  return bytes
}

/** SHA-256(salt ‖ canonical params), base64url. The salt keeps small parameter sets from being guessed. */
export const paramsDigest = (salt: string, params: Readonly<Record<string, Json>>): string =>
  paramsDigestOver(salt, canonicalBytes(params))

/** The same over the parameters' canonical bytes. */
export const paramsDigestOver = (salt: string, canonical: Uint8Array): string =>
  sha256Text(fromBase64url(salt), canonical)

/** A command before anybody has signed it. */
export interface CommandToState {
  readonly context: DeploymentId
  readonly command: string
  readonly params: Readonly<Record<string, Json>>
  readonly id: CommandId
  readonly operator: OperatorId
  readonly issuedAt: Instant
  readonly expiresAt: Instant
}
export interface CommandToSign extends CommandToState {
  readonly kind: Ed25519Signature['kind']
  readonly signer: Signer
}

/** Makes the statement and binds the parameters with a fresh salt. */
export const stateCommand = (to: CommandToState): Omit<SignedCommand, 'signatures'> => {
  const salt = toBase64url(randomBytes(16))
  const statement: Statement = {
    v: 1,
    context: to.context,
    purpose: 'command',
    command: to.command,
    id: to.id,
    paramsDigest: paramsDigest(salt, to.params),
    issuedAt: to.issuedAt,
    expiresAt: to.expiresAt,
    operator: to.operator,
  }
  return { statement, salt, params: to.params as SignedCommand['params'] }
}

/** States the command and signs it with an Ed25519 key. */
export const signCommand = (to: CommandToSign): SignedCommand => {
  const stated = stateCommand(to)
  const value = toBase64url(to.signer.sign(signedBytes(stated.statement)))
  return { ...stated, signatures: [{ kind: to.kind, key: to.signer.keyId, value }] }
}

/** Whether the parameters are those that the statement was signed for. */
export const checkParamsDigest = (command: Omit<SignedCommand, 'signatures'>): boolean =>
  paramsDigest(command.salt, command.params as Readonly<Record<string, Json>>) === command.statement.paramsDigest
