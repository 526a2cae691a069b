import type { Context, Response } from '@cedar-policy/cedar-wasm/nodejs'
import { LibralError } from '#protocol/errors.ts'
import type { OperatorId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import type { ApprovalNeed, CommandFacts, Verdict } from '#protocol/verdict.ts'
import { policyHash } from '#trust/policies.ts'
import { exceeds, needTogether } from '#trust/policy/requirements.ts'
import type { Wish } from '../authorise.ts'
import type { Cedar } from './cedar.ts'
import { looksAtContext, looksAtPerson, mayConcern, type Rule, readRules } from './rules.ts'
import { commandType, permissionType, theDeployment } from './schema.ts'

/** Who asks, and the one thing of the deployment that policies may look at. */
export interface Asker {
  readonly operator: OperatorId
  readonly roles: readonly Role[]
  readonly administrators: number
}

/** One policy set, ready to judge. Pure: the same question has the same answer on every instance and at any time. */
export interface PolicyEngine {
  readonly hash: string
  readonly rules: readonly Rule[]
  judge(asker: Asker, wish: Wish): Verdict
}

/** Answers kept, so that the usual command is judged without the engine. Dropped all at once when it is full. */
const answersKept = 8_192

/** What the policies say before sums are looked at. */
interface Answer {
  readonly verdict: Verdict
  /** The `forbid`s that approvals lift or that begin above a sum. */
  readonly bound: readonly Rule[]
}

/**
 * @param slot under which the engine keeps the set: another set under the same name takes its place. The hash, for sets
 *   that are in force
 * @throws LibralError `policy.broken` when the text can't be read as policies
 */
export const createEngine = (cedar: Cedar, text: string, slot: string = policyHash(text)): PolicyEngine => {
  const { rules, problems } = readRules(cedar, text)
  if (problems.length > 0) throw new LibralError('policy.broken', { reason: problems[0]?.code ?? '' })
  const bound = rules.filter(({ approvals, above }) => approvals !== null || above.length > 0)
  const plain = rules.filter((rule) => !bound.includes(rule))
  // Apart, because a refusal names the policies that refuse and says nothing of those that would have permitted.
  const permitting = prepared(cedar, `${slot} plain`, plain)
  const binding = prepared(cedar, `${slot} bound`, bound, { '': 'permit (principal, action, resource);' })
  const byId = new Map(bound.map((rule) => [rule.id, rule]))
  const answers = new Map<string, Answer>()
  const contextual = rules.filter(looksAtContext)
  // Where no rule tells one person from another, one answer serves everybody of the same roles.
  const personal = rules.some(looksAtPerson)

  const ask = (asker: Asker, wish: Wish, facts: CommandFacts): Answer => {
    const question = questionOf(asker, wish, facts)
    const first = evaluate(cedar, permitting, question)
    if (first.decision !== 'allow') return { verdict: refused(first.diagnostics.reason), bound: [] }
    const verdict: Verdict = { permitted: true, approvals: null, policies: [...first.diagnostics.reason].sort() }
    // Nobody approves of reading.
    if (wish.command === undefined || bound.length === 0) return { verdict, bound: [] }
    const second = evaluate(cedar, binding, question)
    const matching = second.decision === 'deny' ? second.diagnostics.reason : []
    return { verdict, bound: matching.flatMap((id) => byId.get(id) ?? []) }
  }
  const answered = (asker: Asker, wish: Wish): Answer => {
    const { operator, roles, administrators } = asker
    const { permission, command, facts } = wish
    const looked = facts !== undefined && contextual.some((rule) => mayConcern(rule, permission, command))
    const needed: CommandFacts = looked ? factsSeen(facts) : {}
    // None of these words has a space in it.
    const key =
      `${personal ? operator : ''} ${roles} ${administrators} ${permission} ${command ?? ''}` +
      (looked ? ` ${needed.target ?? ''} ${needed.roles ?? '-'}` : '')
    const kept = answers.get(key)
    if (kept) return kept
    const answer = ask(asker, wish, needed)
    if (answers.size >= answersKept) answers.clear()
    answers.set(key, answer)
    return answer
  }
  return {
    hash: policyHash(text),
    rules,
    judge: (asker, wish) => {
      const { verdict, bound: found } = answered(asker, wish)
      const applying = found.filter(({ above }) => exceeds(wish.facts?.amounts ?? [], above))
      return applying.length === 0 ? verdict : bounded(verdict, applying)
    },
  }
}

const refused = (by: readonly string[]): Verdict => ({ permitted: false, approvals: null, policies: [...by].sort() })

/**
 * All requirements at once: as many as the most demanding asks for, each with a role that every one of them accepts, as
 * soon as the most urgent wants. One that nothing lifts refuses; so do requirements that nobody can meet together.
 */
const bounded = (verdict: Verdict, rules: readonly Rule[]): Verdict => {
  const needs: ApprovalNeed[] = rules.flatMap(({ approvals }) => approvals ?? [])
  const approvals = needTogether(needs)
  const by = rules.map(({ id }) => id)
  if (needs.length < rules.length || !approvals) return refused(by)
  if (approvals.roles.length === 0) return refused(by)
  return { permitted: true, approvals, policies: [...verdict.policies, ...by].sort() }
}

/** Of the facts, what Cedar is told; sums are looked at here. */
const factsSeen = ({ target, roles }: CommandFacts): CommandFacts => ({
  ...(target !== undefined && { target }),
  ...(roles && { roles }),
})

interface Question {
  readonly principal: { readonly type: 'Operator'; readonly id: string }
  readonly action: { readonly type: string; readonly id: string }
  readonly context: Context
  readonly entities: Parameters<Cedar['statefulIsAuthorized']>[0]['entities']
}

const questionOf = ({ operator, roles, administrators }: Asker, wish: Wish, facts: CommandFacts): Question => {
  const { permission, command } = wish
  const principal = { type: 'Operator', id: operator } as const
  const group = { type: permissionType, id: permission }
  const action = command === undefined ? group : { type: commandType, id: command }
  return {
    principal,
    action,
    context: {
      administrators,
      ...(facts.target !== undefined && { target: { __entity: { type: 'Operator', id: facts.target } } }),
      ...(facts.roles && { roles: facts.roles.map((id) => ({ __entity: { type: 'Role', id } })) }),
    },
    entities: [
      { uid: principal, attrs: {}, parents: roles.map((id) => ({ type: 'Role', id })) },
      ...(command === undefined ? [] : [{ uid: action, attrs: {}, parents: [group] }]),
    ],
  }
}

/** Parsed once and kept by the engine. @throws LibralError `policy.broken` */
const prepared = (cedar: Cedar, name: string, rules: readonly Rule[], more: Record<string, string> = {}): string => {
  const staticPolicies = { ...more, ...Object.fromEntries(rules.map(({ id, source }) => [id, source])) }
  if (cedar.preparsePolicySet(name, { staticPolicies }).type === 'failure') {
    throw new LibralError('policy.broken', { reason: 'parse' })
  }
  return name
}

/** A policy that fails to be evaluated would be passed over, a `forbid` too: then nothing is permitted. */
const evaluate = (cedar: Cedar, set: string, question: Question): Response => {
  const answer = cedar.statefulIsAuthorized({ ...question, resource: theDeployment, preparsedPolicySetId: set })
  if (answer.type === 'failure') throw new LibralError('policy.broken', { reason: 'evaluate' })
  const { errors } = answer.response.diagnostics
  if (errors.length === 0) return answer.response
  return { decision: 'deny', diagnostics: { reason: errors.map(({ policyId }) => policyId), errors: [] } }
}
