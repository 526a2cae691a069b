import type { KeptVote, ProposalRow, VotePurpose } from './approvals.ts'
import { type CertificateRow, certificateRefusal } from './certificates.ts'
import type { Failure } from './errors.ts'
import type { Instant } from './ids.ts'
import type { OperatorRow } from './session.ts'
import type { ApprovalNeed } from './verdict.ts'

/**
 * The life of a proposal, pure: who may still say what, what counts, and what becomes of it. open → decided | rejected |
 * withdrawn | expired | failed, once and for good.
 */

/** People and certificates as they stand when it is judged. */
export interface Standing {
  operator(operator: string): Pick<OperatorRow, 'roles' | 'disabled'> | undefined
  certificate(fingerprint: string): Pick<CertificateRow, 'operator' | 'state' | 'expiresAt'> | undefined
}

/** Who says what over a proposal, signature verified. */
export interface Voice extends Pick<KeptVote, 'purpose' | 'operator' | 'certificate'> {
  /** The policy lets this operator act in an emergency, or review what was. Of other purposes it is not asked. */
  readonly permitted: boolean
}

const no = (code: Failure['code'], params: Failure['params'] = {}): Failure => ({ code, params })

/** Whether the operator is an approver as things stand: known, not shut out, with a role that the policy names. */
const mayApprove = (operator: string, need: ApprovalNeed, standing: Standing): boolean => {
  const row = standing.operator(operator)
  return row !== undefined && !row.disabled && row.roles.some((role) => need.roles.includes(role))
}

const stands = (
  { operator, certificate }: Pick<KeptVote, 'operator' | 'certificate'>,
  standing: Standing,
  at: Instant,
) => {
  const row = standing.certificate(certificate)
  return row?.operator === operator && certificateRefusal(row, at) === null
}

/** The approvals that count now: one an operator, never the proposer's, of those who still are approvers with a valid key. */
export const countingVotes = (
  row: Pick<ProposalRow, 'votes' | 'operator'>,
  need: ApprovalNeed,
  standing: Standing,
  at: Instant,
): readonly KeptVote[] => {
  const counted = new Map<string, KeptVote>()
  for (const vote of row.votes) {
    if (vote.purpose !== 'approve' || vote.operator === row.operator || counted.has(vote.operator)) continue
    if (mayApprove(vote.operator, need, standing) && stands(vote, standing, at)) counted.set(vote.operator, vote)
  }
  return [...counted.values()]
}

/** The statement with which it passes without approvals, while its key and operator stand. */
export const emergencyOf = (row: Pick<ProposalRow, 'votes'>, standing: Standing, at: Instant): KeptVote | undefined =>
  row.votes.find(
    (vote) =>
      vote.purpose === 'break-glass' &&
      standing.operator(vote.operator)?.disabled === false &&
      stands(vote, standing, at),
  )

/** Why nothing more can be said over it, or null: it is open and its clock runs. */
export const closedFor = (row: ProposalRow | undefined, at: Instant): Failure | null => {
  if (!row) return no('approvals.unknown')
  if (row.state !== 'open') return no('approvals.closed', { state: row.state })
  return row.expiresAt <= at ? no('approvals.closed', { state: 'expired' }) : null
}

/** Why this voice isn't heard, or null. */
export const voiceRefusal = (
  row: ProposalRow | undefined,
  voice: Voice,
  standing: Standing,
  at: Instant,
): Failure | null => {
  const person = standing.operator(voice.operator)
  if (!person || person.disabled) return no('session.operator-unknown', { operator: voice.operator })
  if (!stands(voice, standing, at)) return no('session.certificate-revoked')
  if (voice.purpose === 'review') return reviewRefusal(row, voice)
  const closed = closedFor(row, at)
  if (closed || !row) return closed ?? no('approvals.unknown')
  return purposeRefusals[voice.purpose](row, voice, standing)
}

const said = (row: ProposalRow, { operator, purpose }: Voice): boolean =>
  row.votes.some((vote) => vote.operator === operator && vote.purpose === purpose)

const approverRefusal = (row: ProposalRow, voice: Voice, standing: Standing): Failure | null => {
  if (voice.operator === row.operator) return no('approvals.own')
  if (!mayApprove(voice.operator, row.need, standing)) return no('approvals.not-approver')
  return said(row, voice) ? no('approvals.voted') : null
}

const purposeRefusals: Readonly<
  Record<Exclude<VotePurpose, 'review'>, (row: ProposalRow, voice: Voice, standing: Standing) => Failure | null>
> = {
  approve: approverRefusal,
  reject: approverRefusal,
  withdraw: (row, { operator }) => (operator === row.operator ? null : no('approvals.not-proposer')),
  'break-glass': (row, voice) => {
    if (!voice.permitted) return no('approvals.no-emergency')
    return said(row, voice) ? no('approvals.voted') : null
  },
}

/** By anybody who may, but neither who acted nor who had proposed it. */
const reviewRefusal = (row: ProposalRow | undefined, { operator, permitted }: Voice): Failure | null => {
  if (!row) return no('approvals.unknown')
  if (row.review !== 'due') return no('approvals.no-review')
  const acted = row.votes.some((vote) => vote.purpose === 'break-glass' && vote.operator === operator)
  if (acted || operator === row.operator) return no('approvals.own')
  return permitted ? null : no('approvals.not-approver')
}

/** What of a proposal lets its command pass now, or why it doesn't. */
export const passage = (
  row: ProposalRow | undefined,
  need: ApprovalNeed,
  standing: Standing,
  at: Instant,
): { readonly by: readonly KeptVote[]; readonly emergency: boolean } | { readonly refused: Failure } => {
  const closed = closedFor(row, at)
  if (closed || !row) return { refused: closed ?? no('approvals.unknown') }
  const emergency = emergencyOf(row, standing, at)
  if (emergency) return { by: [emergency], emergency: true }
  const by = countingVotes(row, need, standing, at)
  return by.length >= need.count
    ? { by, emergency: false }
    : { refused: no('command.needs-approvals', { ...needParams(need), have: by.length }) }
}

export const needParams = ({ count, roles, withinMs }: ApprovalNeed) => ({ count, roles: roles.join(' '), withinMs })

/** Whether enough has been said to judge it now; who stands is asked only there. */
export const isReady = (row: Pick<ProposalRow, 'votes' | 'operator' | 'need'>): boolean => {
  const approvers = row.votes.filter(({ purpose, operator }) => purpose === 'approve' && operator !== row.operator)
  return (
    row.votes.some(({ purpose }) => purpose === 'break-glass') ||
    new Set(approvers.map(({ operator }) => operator)).size >= row.need.count
  )
}

/** The row after a vote that was heard. */
export const afterVote = (row: ProposalRow, vote: KeptVote): ProposalRow => {
  const votes = [...row.votes, vote]
  if (vote.purpose === 'review') return { ...row, votes, review: 'done' }
  if (vote.purpose === 'reject') return ended({ ...row, votes }, 'rejected', vote.at, vote.index)
  if (vote.purpose === 'withdraw') return ended({ ...row, votes }, 'withdrawn', vote.at, vote.index)
  return { ...row, votes }
}

/** The row after its end. A row that has ended stays as it is. */
export const ended = (
  row: ProposalRow,
  state: Exclude<ProposalRow['state'], 'open'>,
  at: Instant,
  index: number,
): ProposalRow => (row.state === 'open' ? { ...row, state, endedAt: at, endedIndex: index } : row)
