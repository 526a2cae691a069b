import { setImmediate as turn } from 'node:timers/promises'
import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import type { CommandDefinition } from '#protocol/command.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { type Currency, currencies } from '#protocol/money.ts'
import { permissions, roles } from '#protocol/permission.ts'
import {
  type PolicyCheck,
  type PolicyEffect,
  type PolicyProblem,
  type PolicyProblemCode,
  policyTextSchema,
  publishPolicy,
} from '#protocol/policy.ts'
import { policyHash } from '#trust/policies.ts'
import type { Cedar } from './cedar.ts'
import { createEngine, type PolicyEngine } from './engine.ts'
import { problemAt, problemOf, readRules, shownRule } from './rules.ts'
import { schemaOf } from './schema.ts'

/** Everything that keeps a text from being published, whoever publishes it: Cedar's strict validation, and our own rules. */
export const problemsOf = (
  cedar: Cedar,
  text: string,
  commands: Iterable<CommandDefinition>,
): readonly PolicyProblem[] => {
  if (!policyTextSchema.safeParse(text).success)
    return [problemAt(text, 0, text === '' ? 'empty' : 'too-large', '', '')]
  const { problems } = readRules(cedar, text)
  if (problems.length > 0) return problems
  const answer = cedar.validate({ schema: schemaOf(commands), policies: { staticPolicies: text } })
  if (answer.type === 'failure') return answer.errors.map((error) => cedarProblem(text, error, 'error'))
  const errors = answer.validationErrors.map(({ error }) => cedarProblem(text, error, 'error'))
  // What is not known can't apply either: one line says enough.
  const warnings = errors.length > 0 ? [] : answer.validationWarnings
  return distinct([...errors, ...warnings.map(({ error }) => cedarProblem(text, error, 'warning'))])
}

const distinct = (problems: readonly PolicyProblem[]): readonly PolicyProblem[] => [
  ...new Map(problems.map((one) => [`${one.line} ${one.column} ${one.code} ${one.what}`, one])).values(),
]

/** Cedar's messages have no codes: they are told apart by their words, and what is not known is shown as it stands. */
const told: readonly (readonly [PolicyProblemCode, RegExp])[] = [
  ['action-unknown', /unrecognized action `(.+)`$/],
  ['entity-unknown', /unrecognized entity type `(.+)`$/],
  ['role-unknown', /entity `(.+)` is of an enumerated entity type/],
  ['attribute-unknown', /attribute `(.+?)` .*not found/],
  ['type', /unexpected type: (.+)$/],
  ['never-applies', /unable to find an applicable action|policy is impossible/],
]
const cedarProblem = (text: string, error: DetailedError, severity: PolicyProblem['severity']): PolicyProblem => {
  const message = error.message.replace(/^for policy `[^`]*`[,:] /, '')
  for (const [code, pattern] of told) {
    const found = pattern.exec(message)
    if (found) return problemOf(text, error, code, found[1] ?? '', hintOf(error), severity)
  }
  return problemOf(text, error, 'cedar', message, hintOf(error), severity)
}
const hintOf = ({ help }: DetailedError): string =>
  (help ?? '')
    .replace(/^did you mean /, '')
    .replace(/^valid entity eids: /, '')
    .replace(/\?$/, '')
    .replaceAll('`', '')

const somebody = 'somebody' as OperatorId
const beyond = 10n ** 38n - 1n

/** Evaluations between two turns of the event loop: some milliseconds. */
const slice = 24

/** What a set means for each role: each permission by itself, and each command that persons give. */
export const effectsOf = async (
  engine: PolicyEngine,
  commands: Iterable<CommandDefinition>,
  administrators: number,
): Promise<readonly PolicyEffect[]> => {
  const asked = [
    ...permissions.map((permission) => ({ permission, command: null })),
    ...[...commands]
      .filter(({ signedBy }) => signedBy === undefined || signedBy === 'openpgp')
      .map(({ name, permission }) => ({ permission, command: name })),
  ]
  const sums = engine.rules.some(({ above }) => above.length > 0)
  const amounts = (Object.keys(currencies) as Currency[]).map((currency) => ({ currency, minor: beyond }))
  const effects: PolicyEffect[] = []
  for (const role of roles) {
    const asker = { operator: somebody, roles: [role], administrators }
    for (const { permission, command } of asked) {
      const wish = { permission, ...(command !== null && { command }) }
      const verdict = engine.judge(asker, wish)
      const above = sums && command !== null ? engine.judge(asker, { ...wish, facts: { amounts } }) : verdict
      const differs = JSON.stringify(above) !== JSON.stringify(verdict)
      effects.push({ role, permission, command, verdict: shown(verdict), above: differs ? shown(above) : null })
      if (effects.length % slice === 0) await turn()
    }
  }
  return effects
}
const shown = ({ permitted, approvals, policies }: ReturnType<PolicyEngine['judge']>): PolicyEffect['verdict'] => ({
  permitted,
  approvals,
  policies: [...policies],
})

/**
 * Whether, under a set, one of these administrators could publish the next one: permitted, with as many others as it takes.
 * Approvals count only where administrators may give them, since nobody knows here who holds the other roles.
 */
export const canBeReplaced = (engine: PolicyEngine, administrators: readonly OperatorId[]): boolean =>
  administrators.some((operator) => {
    const asker = { operator, roles: ['administrator'], administrators: administrators.length } as const
    const { name, permission } = publishPolicy
    const { permitted, approvals } = engine.judge(asker, { permission, command: name })
    if (!permitted) return false
    return approvals === null || (approvals.roles.includes('administrator') && approvals.count < administrators.length)
  })

/** A draft as the page shows it while it is being written. The engine keeps drafts in one place of their own. */
export const checkDraft = async (
  cedar: Cedar,
  text: string,
  commands: readonly CommandDefinition[],
  administrators: readonly OperatorId[],
): Promise<PolicyCheck> => {
  const hash = policyHash(text)
  const problems = problemsOf(cedar, text, commands)
  if (problems.some(({ severity }) => severity === 'error')) {
    return { hash, problems: [...problems], rules: [], effects: [] }
  }
  const engine = createEngine(cedar, text, 'draft')
  const locks = canBeReplaced(engine, administrators) ? [] : [problemAt(text, 0, 'locks-out', '', '')]
  return {
    hash,
    problems: [...locks, ...problems],
    rules: engine.rules.map(shownRule),
    effects: [...(await effectsOf(engine, commands, administrators.length))],
  }
}
