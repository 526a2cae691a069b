import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { OperatorId } from '#protocol/ids.ts'
import { roles } from '#protocol/permission.ts'
import { type Act, askedFor, permits } from '#trust/policy/asked-for.ts'
import { readPlainRules } from '#trust/policy/plain-rules.ts'
import { loadCedar } from './cedar.ts'
import { createEngine } from './engine.ts'
import { seedPolicy } from './seed.ts'

/** What trust/policy says of a policy set without an engine, held against the engine itself. */

const cedar = await loadCedar()
const command = 'session.changeOperator'
const permission = 'session.administer'

const principal = fc.constantFrom(
  'principal',
  'principal in Role::"operator"',
  'principal in Role::"administrator"',
  'principal == Operator::"tanaka"',
  'principal is Operator',
)
const action = fc.constantFrom(
  'action',
  `action == Command::Action::"${command}"`,
  `action in [Permission::Action::"${permission}", Command::Action::"sealed.erase"]`,
  'action in [Command::Action::"sealed.erase", Command::Action::"policy.publish"]',
  `action == Permission::Action::"${permission}"`,
)
const condition = fc.constantFrom(
  '',
  'when { context.administrators >= 3 }',
  'when { context.administrators > 1 && context has roles && context.roles.contains(Role::"administrator") }',
  'when { context has target }',
  'when { context.administrators >= 3 || context has target }',
  'when { if context has roles then true else false }',
  'unless { context.administrators >= 2 } // of "nobody" && else',
  'when { principal == Operator::"sato" }',
)
const bound = fc.constantFrom(
  '@approvals("1") @approvers("administrator") @within("24h")',
  '@approvals("2") @approvers("custodian, administrator") @within("30m")',
  '@approvals("3") @approvers("custodian") @within("2d") @above("JPY 1000")',
  '@above("JPY 500, USD 1.00")',
)
const rule = fc.oneof(
  fc.tuple(fc.constant('permit'), fc.constant(''), principal, action, condition),
  fc.tuple(fc.constant('forbid'), fc.option(bound, { nil: '' }), principal, action, condition),
)
const text = fc
  .array(rule, { minLength: 1, maxLength: 6 })
  .map((rules) =>
    [
      '@id("all") permit (principal in Role::"administrator", action, resource);',
      ...rules.map(
        ([effect, annotations, who, what, when], nth) =>
          `@id("r-${nth}") @label("その${nth} \\"引用\\"") ${annotations}\n${effect} (${who}, ${what}, resource,)\n${when}\n;`,
      ),
    ].join('\n// 注釈 "\n'),
  )
const act = fc.record({
  operator: fc.constantFrom('tanaka', 'sato'),
  roles: fc.subarray([...roles]),
  administrators: fc.integer({ min: 0, max: 4 }),
  facts: fc.record(
    {
      target: fc.constant('ito' as OperatorId),
      roles: fc.subarray([...roles]),
      amounts: fc.array(
        fc.record({ currency: fc.constantFrom('JPY' as const, 'USD' as const), minor: fc.bigInt(-2_000n, 2_000n) }),
      ),
    },
    { requiredKeys: [] },
  ),
})

it('what is certain without an engine is what the engine says', () => {
  fc.assert(
    fc.property(text, act, (source, given) => {
      const asked = askedFor(source, { ...given, permission, command })
      if (asked === null) throw new Error('unreadable')
      const asker = { ...given, operator: given.operator as OperatorId }
      const verdict = createEngine(cedar, source, 'plain').judge(asker, { permission, command, facts: given.facts })
      const answer = permits(source, { ...given, permission, command })
      // Nothing is known of approvals where nothing is permitted; who cannot be approved by anybody is refused, too.
      if (!verdict.permitted) return answer !== 'yes' || asked.unsure.length > 0 || asked.applying.length > 0
      if (answer === 'no') return false
      if (!asked.applying.every((id) => verdict.policies.includes(id))) return false
      if (asked.unsure.length > 0) return true
      const named = verdict.policies.filter((id) => asked.needOf([id]) !== null)
      expect(named).toEqual([...asked.applying].sort())
      expect(asked.need).toEqual(verdict.approvals)
      return true
    }),
    { numRuns: 60 },
  )
})

it('the seed is read whole, and nothing of it is beyond a review that saw the whole log', () => {
  const rules = readPlainRules(seedPolicy()) ?? []
  expect(rules.map(({ id }) => id)).toContain('publish-by-two')
  const acting: Act = {
    ...{ operator: 'tanaka', roles: ['administrator'], permission, command, administrators: 3 },
    facts: { roles: ['administrator'] },
  }
  expect(askedFor(seedPolicy(), acting)).toMatchObject({
    applying: ['administrators-by-two'],
    unsure: [],
    need: { count: 1, roles: ['administrator'], withinMs: 86_400_000 },
  })
  expect(askedFor(seedPolicy(), { ...acting, administrators: null })).toMatchObject({
    applying: [],
    unsure: ['administrators-by-two'],
  })
})

it.each(['', 'permit', 'permit (principal);', '@id("a") forbid (principal, action, resource) when {', '…'])(
  'what is no policy set is not read: %s',
  (source) => {
    expect(readPlainRules(source) ?? []).toEqual([])
  },
)
