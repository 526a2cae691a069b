import type { Role } from '#protocol/permission.ts'
import type { ApprovalNeed, CommandFacts } from '#protocol/verdict.ts'
import { type Condition, type PlainRule, readPlainRules } from './plain-rules.ts'
import { exceeds, needTogether } from './requirements.ts'

/** One act as a policy looks at it. What is not known is null, and makes whatever looks at it uncertain. */
export interface Act {
  readonly operator: string
  readonly roles: readonly Role[] | null
  readonly permission: string
  /** null: a permission itself, not a command. */
  readonly command: string | null
  readonly facts: CommandFacts
  /** How many administrators there were. */
  readonly administrators: number | null
}

/** What a policy set asks of an act, as far as it follows without an engine. */
export interface AskedFor {
  /** Ids of the `forbid`s with approvals or sums that apply for certain. */
  readonly applying: readonly string[]
  /** Ids of those whose condition, or what it looks at, is beyond a review. */
  readonly unsure: readonly string[]
  /** Of those that apply for certain; null: none asks for approvals. */
  readonly need: ApprovalNeed | null
  /** Of the rules with these ids together; null where one of them asks for none or does not stand there. */
  needOf(ids: readonly string[]): ApprovalNeed | null
}

/** Whether a policy set could ask for approvals of a command at all, whoever gives it and however large it is. */
export const asksApprovals = (text: string, wish: Pick<Act, 'command' | 'permission'>): boolean =>
  keptRules(text)?.some((rule) => rule.effect === 'forbid' && rule.approvals !== null && concerns(rule, wish)) ?? false

/** Of the set that was read last: a log stands under one for thousands of entries. */
let kept: { readonly text: string; readonly rules: readonly PlainRule[] | null } = { text: '', rules: [] }
const keptRules = (text: string): readonly PlainRule[] | null => {
  if (kept.text !== text) kept = { text, rules: readPlainRules(text) }
  return kept.rules
}

type Answer = 'yes' | 'no' | 'unsure'

/** @returns null where the text can't be read in this way */
export const askedFor = (text: string, act: Act): AskedFor | null => {
  const rules = keptRules(text)
  if (rules === null) return null
  const bound = rules.filter(({ effect, approvals, above }) => effect === 'forbid' && (approvals || above.length > 0))
  const answered = bound.map((rule) => ({ rule, answer: exceeding(rule, act) }))
  const of = (answer: Answer) => answered.filter((one) => one.answer === answer).map(({ rule }) => rule)
  const byId = new Map(bound.map((rule) => [rule.id, rule]))
  return {
    applying: of('yes').map(({ id }) => id),
    unsure: of('unsure').map(({ id }) => id),
    need: needTogether(of('yes').flatMap(({ approvals }) => approvals ?? [])),
    needOf: (ids) => {
      const needs = ids.map((id) => byId.get(id)?.approvals ?? null)
      return needs.every((one) => one !== null) ? needTogether(needs) : null
    },
  }
}

/** Whether a policy set permits an act, approvals aside. */
export const permits = (text: string, act: Act): Answer => {
  const rules = keptRules(text)
  if (rules === null) return 'unsure'
  const plain = rules.filter(({ approvals, above }) => approvals === null && above.length === 0)
  const answers = (effect: PlainRule['effect']) =>
    plain.filter((rule) => rule.effect === effect).map((rule) => applies(rule, act))
  const forbidden = answers('forbid')
  const permitted = answers('permit')
  if (forbidden.includes('yes') || !permitted.some((one) => one !== 'no')) return 'no'
  return permitted.includes('yes') && !forbidden.includes('unsure') ? 'yes' : 'unsure'
}

const exceeding = (rule: PlainRule, act: Act): Answer =>
  exceeds(act.facts.amounts ?? [], rule.above) ? applies(rule, act) : 'no'

const applies = (rule: PlainRule, act: Act): Answer => {
  if (!concerns(rule, act)) return 'no'
  const answers = [whom(rule, act), rule.anywhere ? ('yes' as const) : ('unsure' as const), conditions(rule, act)]
  if (answers.includes('no')) return 'no'
  return answers.includes('unsure') ? 'unsure' : 'yes'
}

const concerns = ({ actions }: PlainRule, { command, permission }: Pick<Act, 'command' | 'permission'>): boolean =>
  actions === null ||
  actions.permissions.includes(permission) ||
  (command !== null && actions.commands.includes(command))

const whom = ({ principal }: PlainRule, { operator, roles }: Act): Answer => {
  if (principal.kind === 'any') return 'yes'
  if (principal.kind === 'operator') return principal.id === operator ? 'yes' : 'no'
  if (principal.kind === 'other' || roles === null) return 'unsure'
  return (roles as readonly string[]).includes(principal.id) ? 'yes' : 'no'
}

/** As Cedar does, from the first on: what stands behind one that is false is not looked at. */
const conditions = (rule: PlainRule, act: Act): Answer => {
  let all: Answer = 'yes'
  for (const condition of rule.conditions) {
    const one = holds(condition, act)
    // Behind something uncertain a `no` is certain still: whichever it was, the whole is not true.
    if (one === 'no') return 'no'
    if (one === 'unsure') all = 'unsure'
  }
  return all
}

const holds = (condition: Condition, { facts, administrators }: Act): Answer => {
  const answer = (is: boolean): Answer => (is ? 'yes' : 'no')
  switch (condition.kind) {
    case 'administrators':
      return administrators === null ? 'unsure' : answer(administrators >= condition.least)
    case 'has':
      return answer(facts[condition.what] !== undefined)
    case 'rolesContain':
      // Without them Cedar fails, and refuses.
      return facts.roles === undefined ? 'unsure' : answer((facts.roles as readonly string[]).includes(condition.role))
    case 'other':
      return 'unsure'
  }
}
