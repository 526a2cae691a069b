import type { DetailedError, EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Money } from '#protocol/money.ts'
import { type Permission, permissions, type Role, roles } from '#protocol/permission.ts'
import type { PolicyProblem, PolicyProblemCode, PolicyRule } from '#protocol/policy.ts'
import { type ApprovalNeed, mostApprovals } from '#protocol/verdict.ts'
import { utf8 } from '#trust/bytes.ts'
import { readCount, readRoles, readSums, readTerm } from '#trust/policy/requirements.ts'
import type { Cedar } from './cedar.ts'
import { commandType, permissionType } from './schema.ts'

/** One policy of a set. `id` comes from its annotation; the engine's own numbering changes with every edit. */
export interface Rule {
  readonly id: string
  readonly label: string
  readonly source: string
  readonly line: number
  readonly json: PolicyJson
  /** What lifts this `forbid`; null: nothing does. */
  readonly approvals: ApprovalNeed | null
  /** This `forbid` applies above these sums only; empty: to any, and to none. */
  readonly above: readonly Money[]
}
export interface RuleReading {
  readonly rules: readonly Rule[]
  readonly problems: readonly PolicyProblem[]
}

const known = new Set(['id', 'label', 'approvals', 'approvers', 'within', 'above'])
const onForbidAlone = ['approvals', 'approvers', 'within', 'above'] as const

/**
 * Reads the policies of a text with their annotations: `@id`, `@label`, and on a `forbid` what lifts it or limits it:
 * `@approvals("2") @approvers("custodian, administrator") @within("24h")`, `@above("JPY 1000000, USD 10000.00")`. Without
 * these a `forbid` just forbids, so whoever does not know them refuses more, never less.
 */
export const readRules = (cedar: Cedar, text: string): RuleReading => {
  const parts = cedar.policySetTextToParts(text)
  if (parts.type === 'failure') return { rules: [], problems: parts.errors.map((error) => syntaxProblem(error, text)) }
  const problems: PolicyProblem[] = parts.policy_templates.map((template) =>
    problemAt(text, startOf(text, template), 'template', '', ''),
  )
  const rules: Rule[] = []
  const seen = new Set<string>()
  const found = [...parts.policies].map((source) => ({ source, start: startOf(text, source) }))
  for (const { source, start } of found.sort((one, other) => one.start - other.start)) {
    const read = cedar.policyToJson(source)
    if (read.type === 'failure') {
      problems.push(...read.errors.map((error) => syntaxProblem(error, text)))
      continue
    }
    const tell = (code: PolicyProblemCode, what: string, hint = ''): void => {
      problems.push(problemAt(text, annotationPlace(text, start, source, what), code, what, hint))
    }
    const rule = ruleOf(read.json, source, lineOf(text, start).line, tell)
    if (rule.id && seen.has(rule.id)) tell('id-twice', rule.id)
    seen.add(rule.id)
    rules.push(rule)
  }
  if (rules.length === 0 && problems.length === 0) problems.push(problemAt(text, 0, 'empty', '', ''))
  return { rules, problems }
}

type Tell = (code: PolicyProblemCode, what: string, hint?: string) => void

const ruleOf = (json: PolicyJson, source: string, line: number, tell: Tell): Rule => {
  const given = (json.annotations ?? {}) as Readonly<Record<string, string | null>>
  const annotation = (name: string): string | undefined => (name in given ? (given[name] ?? '') : undefined)
  for (const name of Object.keys(given)) if (!known.has(name)) tell('annotation-unknown', `@${name}`)
  const id = annotation('id') ?? ''
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(id)) tell('id-missing', id && '@id', '@id("name")')
  if (json.effect === 'permit') {
    for (const name of onForbidAlone) if (name in given) tell('annotation-on-permit', `@${name}`)
  }
  const [approvals, approvers, within, above] = onForbidAlone.map(annotation)
  const base = { id, label: annotation('label') ?? id, source, line, json }
  const sums = above === undefined ? [] : readSums(above)
  if (!sums) tell('annotation-value', '@above', '@above("JPY 1000000, USD 10000.00")')
  if (approvals === undefined && approvers === undefined && within === undefined) {
    return { ...base, approvals: null, above: sums ?? [] }
  }
  if (approvals === undefined || approvers === undefined || within === undefined) {
    tell('approvals-incomplete', '@approvals', '@approvals("1") @approvers("custodian") @within("24h")')
    return { ...base, approvals: null, above: [] }
  }
  const need = { count: readCount(approvals), roles: readRoles(approvers), withinMs: readTerm(within) }
  if (!need.count) tell('annotation-value', '@approvals', `@approvals("1") 〜 @approvals("${mostApprovals}")`)
  if (!need.roles) tell('annotation-value', '@approvers', roles.join(', '))
  if (!need.withinMs) tell('annotation-value', '@within', '@within("30m"), @within("24h"), @within("7d")')
  const { count, roles: held, withinMs } = need
  if (!(count && held && withinMs)) return { ...base, approvals: null, above: [] }
  return { ...base, approvals: { count, roles: held, withinMs }, above: sums ?? [] }
}

const typed = (entity: EntityUidJson): { readonly type: string; readonly id: string } =>
  '__entity' in entity ? entity.__entity : entity

/** The actions that a rule names; undefined: any. */
const actionsOf = ({ action }: PolicyJson): readonly { readonly type: string; readonly id: string }[] | undefined => {
  if (action.op === 'All') return undefined
  if ('entities' in action) return action.entities.map(typed)
  return 'entity' in action ? [typed(action.entity)] : []
}

/** Whether a rule can be about this: its conditions may still say no. */
export const mayConcern = ({ json }: Rule, permission: Permission, command: string | undefined): boolean => {
  const named = actionsOf(json)
  if (named === undefined) return true
  return named.some(({ type, id }) =>
    type === commandType ? id === command : id === permission && (command === undefined || json.action.op === 'in'),
  )
}

/** Whether its conditions look at what is particular to one command. */
export const looksAtContext = ({ json }: Rule): boolean => JSON.stringify(json.conditions).includes('"Var":"context"')

/** Whether it can tell two people of the same roles apart. */
export const looksAtPerson = ({ json: { principal, conditions } }: Rule): boolean =>
  ('entity' in principal && typed(principal.entity).type !== 'Role') ||
  JSON.stringify(conditions).includes('"Var":"principal"')

/** The rule as the page shows it. */
export const shownRule = ({ id, label, line, json, approvals, above }: Rule): PolicyRule => {
  const named = actionsOf(json) ?? []
  const { principal } = json
  const entity = 'entity' in principal ? [typed(principal.entity)] : []
  const of = (type: string): string[] => named.filter((one) => one.type === type).map((one) => one.id)
  return {
    id,
    label,
    line,
    effect: json.effect,
    roles: entity.filter(({ type }) => type === 'Role').map((one) => one.id as Role),
    operators: entity.filter(({ type }) => type === 'Operator').map((one) => one.id),
    permissions: of(permissionType).filter((one): one is Permission =>
      (permissions as readonly string[]).includes(one),
    ),
    commands: of(commandType),
    conditional: json.conditions.length > 0,
    approvals: approvals && { ...approvals, roles: [...approvals.roles] },
    above: above.map(({ currency, minor }) => ({ currency, minor: minor.toString() })),
  }
}

// Where things stand in the text. Cedar counts bytes of UTF-8, editors UTF-16 units.

const lineOf = (text: string, at: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n') }
}
const startOf = (text: string, part: string): number => Math.max(0, text.indexOf(part))
const annotationPlace = (text: string, start: number, source: string, what: string): number => {
  const within = what.startsWith('@') ? source.indexOf(what) : -1
  return within < 0 ? start : Math.min(text.length, start + within)
}

export const problemAt = (
  text: string,
  at: number,
  code: PolicyProblemCode,
  what: string,
  hint: string,
  severity: PolicyProblem['severity'] = 'error',
): PolicyProblem => ({ code, severity, ...lineOf(text, at), what, hint })

/** Of a location that Cedar gave. */
export const problemOf = (
  text: string,
  error: DetailedError,
  code: PolicyProblemCode,
  what: string,
  hint: string,
  severity: PolicyProblem['severity'] = 'error',
): PolicyProblem => {
  const bytes = error.sourceLocations?.[0]?.start ?? 0
  const at = new TextDecoder().decode(utf8(text).subarray(0, bytes)).length
  return problemAt(text, at, code, what, hint, severity)
}

const syntaxProblem = (error: DetailedError, text: string): PolicyProblem => {
  if (error.message.includes('duplicate annotation')) {
    return problemOf(text, error, 'annotation-value', /@\w+/.exec(error.message)?.[0] ?? '', '')
  }
  const what = /`([^`]*)`/.exec(error.message)?.[1] ?? ''
  const expected = error.sourceLocations?.[0]?.label ?? error.help ?? ''
  return problemOf(text, error, 'syntax', what, expected.replace(/^expected /, '').replaceAll('`', ''))
}
