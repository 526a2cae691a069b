import type { SignedVote } from '#protocol/approvals.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { fromBase64url } from '../bytes.ts'
import { type ContextLockReport, type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { voteBytes } from './vote.ts'

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
