import type { DeploymentId } from '#protocol/ids.ts'
import { fromBase64url } from '../bytes.ts'
import { type ContextLockReport, type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { statementBytes } from '../statement.ts'
import type { ApprovalTrail, TrailVote } from './trail.ts'
import { verifyVote } from './verify-vote.ts'
import { targetOf } from './vote.ts'

/**
 * What of a trail does not hold. Roles are not judged here: they follow from the entries before it and the policy in
 * force, which a reviewer reads beside it.
 */
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
] as const
export type TrailFault = (typeof trailFaults)[number]

export interface TrailReport {
  readonly faults: readonly TrailFault[]
  /** Of the proposed command's own signature, at the time of its entry; null without it. */
  readonly proposal: ContextLockReport | null
  /** Of every vote, counted or not. */
  readonly votes: readonly { readonly vote: TrailVote; readonly counted: boolean; readonly report: ContextLockReport }[]
}

/** Verifies every signature of a trail, and the rules of its end. Pure over its arguments; never throws for what they hold. */
export const verifyTrail = async (
  trail: ApprovalTrail,
  known: { readonly context: DeploymentId; readonly certificates: readonly KnownCertificate[] },
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
  return { faults: [...(unsigned ? (['signature'] as const) : []), ...faultsOf(trail)], proposal: report, votes }
}

/** Of the end alone; a trail that is open or ended without its command has none. */
const faultsOf = ({ proposal, votes, end, endedTwice }: ApprovalTrail): readonly TrailFault[] => {
  if (end?.state !== 'decided') return proposal ? [] : ['no-proposal']
  if (!proposal) return ['no-proposal']
  const target = targetOf(proposal.command.statement)
  const purpose = end.emergency ? 'break-glass' : 'approve'
  const counted = end.by.map((index) => votes.find((vote) => vote.index === index))
  const said = counted.flatMap((vote) => (vote ? [vote] : []))
  const voters = said.map(({ signed }) => signed.statement.operator)
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
    ['too-few', said.length >= (end.emergency ? 1 : proposal.need.count)],
    ['after-expiry', end.at < proposal.expiresAt],
    ['ended-twice', !endedTwice],
  ]
  return holds.filter(([, held]) => !held).map(([fault]) => fault)
}
