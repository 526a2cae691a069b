import type { DeploymentId } from '#protocol/ids.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'
import { fromBase64url } from '../bytes.ts'
import { type ContextLockReport, type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { statementBytes } from '../statement.ts'
import { type Comparison, compareTrail } from './compare.ts'
import type { TrailRecord } from './people.ts'
import type { ApprovalTrail, TrailVote } from './trail.ts'
import { verifyVote } from './verify-vote.ts'
import { targetOf } from './vote.ts'

/** What of a trail does not hold. */
export const trailFaults = [
  /** The proposal's entry was not read. */
  'no-proposal',
  /** The proposed command's signature, or that of a vote that counted, does not verify. */
  'signature',
  /** A vote that counted is for another statement. */
  'target',
  /** What was carried out is not what was proposed. */
  'other-command',
  /** The proposer's own vote was counted. */
  'own-vote',
  /** One operator was counted twice. */
  'counted-twice',
  /** An entry was counted that is no such vote, or comes after the decision. */
  'no-vote',
  'too-few',
  'after-expiry',
  'ended-twice',
  /** Who approved was no approver then, or the certificate did not stand. */
  'not-approver',
  /** The policy in force did not ask for what the proposal says, or let nobody act alone. */
  'other-rule',
  /** An entry names another policy than the one in force. */
  'other-policy',
  /** The policy in force asked for approvals, and nobody was asked. */
  'none-asked',
] as const
export type TrailFault = (typeof trailFaults)[number]

export interface TrailReport {
  readonly faults: readonly TrailFault[]
  /** Of the proposed command's own signature, at the time of its entry; null without it. */
  readonly proposal: ContextLockReport | null
  /** Of every vote, counted or not. */
  readonly votes: readonly { readonly vote: TrailVote; readonly counted: boolean; readonly report: ContextLockReport }[]
  /** What was held against the entries before, and what could not be. */
  readonly comparisons: readonly Comparison[]
}

const faultOf: Readonly<Record<Comparison['what'], TrailFault>> = {
  roles: 'not-approver',
  rule: 'other-rule',
  emergency: 'other-rule',
  policy: 'other-policy',
  needed: 'none-asked',
}

/** Verifies every signature of a trail, the rules of its end, and its people and rules as compare.ts can. Pure over its arguments; never throws for what they hold. */
export const verifyTrail = async (
  trail: ApprovalTrail,
  known: {
    readonly context: DeploymentId
    readonly certificates: readonly KnownCertificate[]
    /** Of the entries before it, as far as they were read. */
    readonly record: TrailRecord
  },
): Promise<TrailReport> => {
  const { proposal, end } = trail
  const by = new Set(end?.state === 'decided' ? end.by : [])
  const votes = await Promise.all(
    trail.votes.map(async (vote) => ({
      vote,
      counted: by.has(vote.index),
      report: await verifyVote(vote.signed, { ...known, at: vote.at }),
    })),
  )
  const command = proposal?.command
  const signature = command?.signatures.find(({ kind }) => kind === 'openpgp')
  const report =
    command && signature && proposal
      ? await verifyContextLock(
          { statement: statementBytes(command.statement), signature: fromBase64url(signature.value), bound: command },
          { ...known, purpose: 'command', at: proposal.at },
        )
      : null
  const unsigned =
    (report === null ? proposal !== null : !report.valid) || votes.some((one) => one.counted && !one.report.valid)
  const { comparisons, need } = compareTrail(trail, known.record)
  const differing = comparisons.filter(({ result }) => result === 'differs').map(({ what }) => faultOf[what])
  const faults = [...(unsigned ? (['signature'] as const) : []), ...faultsOf(trail, need), ...new Set(differing)]
  return { faults, proposal: report, votes, comparisons }
}

/** Of the end alone; a trail that is open or ended without its command has none. */
const faultsOf = (
  { proposal, votes, end, endedTwice }: ApprovalTrail,
  need: ApprovalNeed | null,
): readonly TrailFault[] => {
  if (end?.state !== 'decided') return proposal ? [] : ['no-proposal']
  if (!proposal) return ['no-proposal']
  const target = targetOf(proposal.command.statement)
  const purpose = end.emergency ? 'break-glass' : 'approve'
  const counted = end.by.map((index) => votes.find((vote) => vote.index === index))
  const said = counted.flatMap((vote) => (vote ? [vote] : []))
  const voters = said.map(({ signed }) => signed.statement.operator)
  // Under another policy another number may be asked for; where that can't be said, none is no approval.
  const least = need?.count ?? (end.policy === proposal.policy ? proposal.need.count : 1)
  const holds: readonly (readonly [TrailFault, boolean])[] = [
    ['target', said.every(({ signed }) => signed.statement.target === target)],
    ['other-command', targetOf(end.command.statement) === target],
    ['own-vote', end.emergency || !voters.includes(proposal.command.statement.operator)],
    ['counted-twice', new Set(voters).size === voters.length],
    [
      'no-vote',
      said.length === counted.length &&
        said.every(({ signed, index }) => signed.statement.purpose === purpose && index < end.index),
    ],
    ['too-few', said.length >= (end.emergency ? 1 : least)],
    ['after-expiry', end.at < proposal.expiresAt],
    ['ended-twice', !endedTwice],
  ]
  return holds.filter(([, held]) => !held).map(([fault]) => fault)
}
