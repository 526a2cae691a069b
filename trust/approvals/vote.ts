import type { SignedVote, VoteStatement } from '#protocol/approvals.ts'
import type { Json, Statement } from '#protocol/command.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { fromBase64url, sha256, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { type ContextLockReport, type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { statementBytes } from '../statement.ts'

/** Names a proposed command by its statement: base64url SHA-256 of the canonical bytes. */
export const targetOf = (statement: Statement): string => toBase64url(sha256(statementBytes(statement)))

/** Exactly the bytes that an operator's key signs to vote. */
export const voteBytes = (statement: VoteStatement): Uint8Array => canonicalBytes(statement as unknown as Json)

/**
 * Judges a vote's signature, for the purpose that it names itself.
 * @param at the clock that judges its expiry: the backend's at the door, its entry's in review
 */
export const verifyVote = (
  { statement, signature }: SignedVote,
  expected: {
    readonly context: DeploymentId
    readonly at: Instant
    readonly certificates: readonly KnownCertificate[]
  },
): Promise<ContextLockReport> =>
  verifyContextLock(
    { statement: voteBytes(statement), signature: fromBase64url(signature.value), bound: null },
    { ...expected, purpose: statement.purpose },
  )
