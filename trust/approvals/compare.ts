import { commandsByName } from '#protocol/catalogue.ts'
import type { Entry } from '#protocol/entry.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'
import { type Act, type AskedFor, askedFor, permits } from '../policy/asked-for.ts'
import type { TrailRecord } from './people.ts'
import type { ApprovalTrail, Place, TrailVote } from './trail.ts'

/**
 * Holds a trail against what the entries before it say: who held which role then, and what the policy in force asked for.
 * Done without Cedar, so each comparison says whether it could be made at all.
 */

/**
 * roles: an approver whose vote counted had a role that the rule names and a certificate that stood, when the vote came and
 * when it was decided. rule: the rules that the backend named are those that apply, and ask for what it said. emergency: the
 * policy let this operator act alone. policy: the entry names the set that was in force. needed: nobody was asked, and the
 * policy asked for nobody (alone.ts).
 */
export const comparisonKinds = ['roles', 'rule', 'emergency', 'policy', 'needed'] as const
/**
 * out-of-range: entries that it would follow from were not read. not-evaluated: it hangs on a condition that only the
 * backend's engine evaluates. Neither is verified.
 */
export const comparisonResults = ['agrees', 'differs', 'out-of-range', 'not-evaluated'] as const
export interface Comparison {
  readonly what: (typeof comparisonKinds)[number]
  /** Entry before which it was judged. */
  readonly index: number
  /** Whose role or emergency it was. */
  readonly operator: string | null
  readonly result: (typeof comparisonResults)[number]
  /** Ids of the rules that were compared, or that could not be evaluated. */
  readonly rules: readonly string[]
}

export interface Compared {
  readonly comparisons: readonly Comparison[]
  /** What the policy asked for when it was decided; null: it can't be said. */
  readonly need: ApprovalNeed | null
}

export const compareTrail = (trail: ApprovalTrail, record: TrailRecord): Compared => {
  const { proposal, end } = trail
  if (proposal === null) return { comparisons: [], need: null }
  const comparisons = [comparePolicy(proposal, record), compareProposal(proposal, record)]
  if (end?.state !== 'decided') return { comparisons, need: null }
  const said = trail.votes.filter(({ index }) => end.by.includes(index))
  comparisons.push(comparePolicy(end, record))
  if (end.emergency) {
    for (const vote of said) comparisons.push(compareEmergency(vote, record))
    return { comparisons, need: null }
  }
  const { comparison, need } = compareEnd(proposal, end, record)
  comparisons.push(comparison)
  for (const vote of said) {
    comparisons.push(compareRoles(vote, vote, proposal.need, record))
    comparisons.push(
      need ? compareRoles(vote, end, need, record) : { ...rolesOf(vote, end), result: comparison.result },
    )
  }
  return { comparisons, need }
}

type Proposal = NonNullable<ApprovalTrail['proposal']>

const comparePolicy = ({ index, policy }: Place, record: TrailRecord): Comparison => {
  const inForce = record.policies().at(index)?.hash
  const about = { what: 'policy', index, operator: null, rules: [] } as const
  // A set that the stretch does not say could have been published in what was not read.
  if (!record.whole(index)) return { ...about, result: 'out-of-range' }
  return { ...about, result: inForce === policy ? 'agrees' : 'differs' }
}

/** How the policy looks at a command at a place; null: this build does not know the command, or it is sealed. */
export const actOf = (command: Entry['command'], index: number, record: TrailRecord): Act | null => {
  const { statement } = command
  const definition = commandsByName.get(statement.command)
  const parsed = 'params' in command ? definition?.params.safeParse(command.params) : undefined
  if (definition === undefined || !parsed?.success) return null
  const person = record.person(statement.operator, index)
  return {
    operator: statement.operator,
    roles: typeof person === 'string' ? null : person.roles,
    permission: definition.permission,
    command: definition.name,
    facts: definition.facts?.(parsed.data) ?? {},
    administrators: record.administrators(index),
  }
}

interface Asked {
  readonly result: 'out-of-range' | 'not-evaluated' | null
  readonly rules: readonly string[]
  readonly asked: AskedFor | null
}

const askedAt = (command: Entry['command'], { index, policy }: Place, record: TrailRecord): Asked => {
  const text = record.policies().byHash(policy)?.text
  if (text === undefined || text === null) return { result: 'out-of-range', rules: [], asked: null }
  const act = actOf(command, index, record)
  const asked = act && askedFor(text, act)
  if (!act || !asked) return { result: 'not-evaluated', rules: [], asked: null }
  if (asked.unsure.length === 0) return { result: null, rules: asked.applying, asked }
  // What is not known of the people makes as unsure as a condition does; it is told apart by what would settle it.
  const unread = act.roles === null || act.administrators === null
  return { result: unread ? 'out-of-range' : 'not-evaluated', rules: asked.unsure, asked }
}

const compareProposal = (proposal: Proposal, record: TrailRecord): Comparison => {
  const { command, need, policies, expiresAt, at, index } = proposal
  const about = { what: 'rule', index, operator: null } as const
  const { result, rules, asked } = askedAt(command, proposal, record)
  if (asked === null) return { ...about, result: result ?? 'not-evaluated', rules }
  const bound = [...asked.applying, ...asked.unsure]
  const named = policies.filter((id) => bound.includes(id))
  const skipped = asked.applying.some((id) => !policies.includes(id))
  const wanted = asked.needOf(named)
  const kept = wanted !== null && sameNeed(wanted, need) && expiresAt <= at + need.withinMs
  // What is wrong for certain is so whatever the uncertain rules say.
  if (skipped || !kept) return { ...about, result: 'differs', rules: named }
  return { ...about, result: result ?? 'agrees', rules: result === null ? named : rules }
}

/** At quorum the policy of then is asked; where it asks for nothing any more, what was proposed stands. */
const compareEnd = (
  proposal: Proposal,
  end: Place,
  record: TrailRecord,
): { readonly comparison: Comparison; readonly need: ApprovalNeed | null } => {
  const about = { what: 'rule', index: end.index, operator: null } as const
  const { result, rules, asked } = askedAt(proposal.command, end, record)
  if (result !== null) return { comparison: { ...about, result, rules }, need: null }
  return { comparison: { ...about, result: 'agrees', rules }, need: asked?.need ?? proposal.need }
}

const sameNeed = (one: ApprovalNeed, other: ApprovalNeed): boolean =>
  one.count === other.count &&
  one.withinMs === other.withinMs &&
  one.roles.toSorted().join() === other.roles.toSorted().join()

const rolesOf = ({ signed }: TrailVote, { index }: Place) =>
  ({ what: 'roles', index, operator: signed.statement.operator, rules: [] }) as const

const compareRoles = (vote: TrailVote, place: Place, need: ApprovalNeed, record: TrailRecord): Comparison => {
  const about = rolesOf(vote, place)
  const { operator } = about
  const person = record.person(operator, place.index)
  const key = record.certificate(vote.signed.signature.key, operator, place.index)
  if (person === 'absent' || key === false) return { ...about, result: 'differs' }
  if (person !== 'unknown') {
    const approver = !person.disabled && person.roles.some((role) => need.roles.includes(role))
    if (!approver) return { ...about, result: 'differs' }
  }
  return { ...about, result: person === 'unknown' || key === 'unknown' ? 'out-of-range' : 'agrees' }
}

const compareEmergency = (vote: TrailVote, record: TrailRecord): Comparison => {
  const { operator } = vote.signed.statement
  const about = { what: 'emergency', index: vote.index, operator, rules: [] } as const
  const text = record.policies().byHash(vote.policy)?.text
  const person = record.person(operator, vote.index)
  const key = record.certificate(vote.signed.signature.key, operator, vote.index)
  if (person === 'absent' || key === false || (person !== 'unknown' && person.disabled))
    return { ...about, result: 'differs' }
  if (text === undefined || text === null || person === 'unknown' || key === 'unknown')
    return { ...about, result: 'out-of-range' }
  const answer = permits(text, {
    ...{ operator, roles: person.roles, permission: 'approvals.emergency', command: null, facts: {} },
    administrators: record.administrators(vote.index),
  })
  return { ...about, result: answer === 'yes' ? 'agrees' : answer === 'no' ? 'differs' : 'not-evaluated' }
}
