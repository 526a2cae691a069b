import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OperatorId } from '#protocol/ids.ts'
import { type Currency, currencies, type Money } from '#protocol/money.ts'
import { type Role, roles } from '#protocol/permission.ts'
import type { Verdict } from '#protocol/verdict.ts'
import { readSums } from '#trust/policy/requirements.ts'
import { loadCedar } from './cedar.ts'
import { createEngine, type PolicyEngine } from './engine.ts'

const cedar = await loadCedar()
const permit = '@id("all") permit (principal in Role::"operator", action, resource);'
const asker = { operator: 'tanaka' as OperatorId, roles: ['operator'], administrators: 2 } as const
const erase = { permission: 'sealed.erase', command: 'sealed.erase' } as const
const engineOf = (...policies: readonly string[]): PolicyEngine => createEngine(cedar, policies.join('\n'), 'test')
const judged = (engine: PolicyEngine, amounts: readonly Money[] = []): Verdict =>
  engine.judge(asker, { ...erase, facts: { amounts } })

/** A rule with approvals, as text. */
const need = fc.record({
  count: fc.integer({ min: 1, max: 8 }),
  approvers: fc.subarray([...roles], { minLength: 1 }),
  hours: fc.integer({ min: 1, max: 700 }),
  above: fc.option(fc.bigInt({ min: 0n, max: 10n ** 37n }), { nil: null }),
})
type Need = typeof need extends fc.Arbitrary<infer One> ? One : never
const ruleOf = ({ count, approvers, hours, above }: Need, nth: number): string =>
  [
    `@id("need-${nth}") @approvals("${count}") @approvers("${approvers.join(', ')}") @within("${hours}h")`,
    above === null ? '' : `@above("JPY ${above}")`,
    'forbid (principal, action == Command::Action::"sealed.erase", resource);',
  ].join('\n')

/** How much is asked for: a refusal is more than any approvals. */
const atLeast = (more: Verdict, less: Verdict): boolean => {
  if (!more.permitted) return true
  if (!less.permitted) return false
  if (less.approvals === null) return true
  const { approvals } = more
  return (
    approvals !== null &&
    approvals.count >= less.approvals.count &&
    approvals.withinMs <= less.approvals.withinMs &&
    approvals.roles.every((role) => less.approvals?.roles.includes(role))
  )
}

describe('answers that are kept', () => {
  const read = (engine: PolicyEngine, operator: string) =>
    engine.judge({ ...asker, operator: operator as OperatorId }, { permission: 'events.read' }).permitted

  it('belong to one person where a policy names one, otherwise to all who hold the same roles', () => {
    const shared = engineOf(permit)
    expect(['tanaka', 'suzuki'].map((operator) => read(shared, operator))).toEqual([true, true])
    const named = engineOf(permit, '@id("not") forbid (principal == Operator::"suzuki", action, resource);')
    expect(['tanaka', 'suzuki', 'tanaka'].map((operator) => read(named, operator))).toEqual([true, false, true])
    const within = engineOf(
      permit,
      '@id("not") forbid (principal, action, resource) when { principal == Operator::"suzuki" };',
    )
    expect(['tanaka', 'suzuki'].map((operator) => read(within, operator))).toEqual([true, false])
  })
})

describe('approvals', () => {
  it('are never fewer, by more people or with more time for a policy more', () => {
    fc.assert(
      fc.property(
        fc.array(need, { maxLength: 3 }),
        need,
        fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
        (before, added, minor) => {
          const amounts = [{ currency: 'JPY', minor } as const]
          const less = judged(engineOf(permit, ...before.map(ruleOf)), amounts)
          const more = judged(engineOf(permit, ...[...before, added].map(ruleOf)), amounts)
          expect(atLeast(more, less)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('are those of the most demanding rule, by who satisfies all of them', () => {
    const engine = engineOf(
      permit,
      ruleOf({ count: 1, approvers: ['custodian', 'administrator'], hours: 48, above: null }, 1),
      ruleOf({ count: 2, approvers: ['administrator', 'operator'], hours: 2, above: null }, 2),
    )
    expect(judged(engine)).toEqual({
      permitted: true,
      approvals: { count: 2, roles: ['administrator'], withinMs: 2 * 3_600_000 },
      policies: ['all', 'need-1', 'need-2'],
    })
  })

  it('that nobody could give refuse', () => {
    const rules = [['custodian'], ['administrator']] as const
    const engine = engineOf(
      permit,
      ...rules.map((approvers, nth) => ruleOf({ count: 1, approvers: [...approvers], hours: 1, above: null }, nth)),
    )
    expect(judged(engine)).toEqual({ permitted: false, approvals: null, policies: ['need-0', 'need-1'] })
  })

  it('are for commands: reading is not held up by them', () => {
    const rule = '@id("n") @approvals("1") @approvers("custodian") @within("1h") forbid (principal, action, resource);'
    const engine = engineOf(permit, rule)
    expect(engine.judge(asker, { permission: 'sealed.erase' })).toEqual({
      permitted: true,
      approvals: null,
      policies: ['all'],
    })
    expect(judged(engine).approvals?.count).toBe(1)
  })

  it('give nothing to whom nothing is permitted', () => {
    const engine = engineOf(permit, ruleOf({ count: 1, approvers: ['custodian'], hours: 1, above: null }, 1))
    const auditor = { ...asker, roles: ['auditor'] as readonly Role[] }
    expect(engine.judge(auditor, erase)).toEqual({ permitted: false, approvals: null, policies: [] })
  })
})

describe('forbid', () => {
  it('wins over every permit and over approvals', () => {
    const forbid = '@id("no") forbid (principal, action in Permission::Action::"sealed.erase", resource);'
    fc.assert(
      fc.property(fc.array(need, { maxLength: 3 }), fc.integer({ min: 1, max: 4 }), (needs, permits) => {
        const permitted = Array.from({ length: permits }, (_, nth) => permit.replace('"all"', `"all-${nth}"`))
        const engine = engineOf(...permitted, forbid, ...needs.map(ruleOf))
        expect(judged(engine)).toEqual({ permitted: false, approvals: null, policies: ['no'] })
      }),
      { numRuns: 20 },
    )
  })
  it('refuses a command and not its permission when it names the command', () => {
    const engine = engineOf(
      permit,
      '@id("no") forbid (principal, action == Command::Action::"sealed.erase", resource);',
    )
    expect(judged(engine).permitted).toBe(false)
    expect(engine.judge(asker, { permission: 'sealed.erase' }).permitted).toBe(true)
  })
})

describe('sums', () => {
  const above = (text: string): PolicyEngine =>
    engineOf(
      permit,
      `@id("n") @approvals("1") @approvers("custodian") @within("1h") @above("${text}")
       forbid (principal, action == Command::Action::"sealed.erase", resource);`,
    )
  const asks = (engine: PolicyEngine, ...amounts: readonly Money[]): boolean =>
    judged(engine, amounts).approvals !== null

  it('are compared exactly, far beyond 2^53', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 37n }), (limit) => {
        const engine = above(`JPY ${limit}`)
        expect(asks(engine, { currency: 'JPY', minor: limit })).toBe(false)
        expect(asks(engine, { currency: 'JPY', minor: limit + 1n })).toBe(true)
      }),
      { numRuns: 25 },
    )
    const engine = above('JPY 9007199254740993')
    expect(asks(engine, { currency: 'JPY', minor: 9_007_199_254_740_993n })).toBe(false)
    expect(asks(engine, { currency: 'JPY', minor: 9_007_199_254_740_994n })).toBe(true)
  })
  it('are added up, and lose nothing by their sign', () => {
    const engine = above('JPY 1000')
    const yen = (minor: bigint) => ({ currency: 'JPY', minor }) as const
    expect(asks(engine, yen(600n), yen(400n))).toBe(false)
    expect(asks(engine, yen(600n), yen(401n))).toBe(true)
    expect(asks(engine, yen(600n), yen(-401n))).toBe(true)
    expect(asks(engine, yen(-1001n))).toBe(true)
    expect(asks(engine)).toBe(false)
  })
  it('of a currency that the rule does not name count as above', () => {
    const engine = above('JPY 1000, USD 10.50')
    expect(asks(engine, { currency: 'USD', minor: 1_050n })).toBe(false)
    expect(asks(engine, { currency: 'USD', minor: 1_051n })).toBe(true)
    expect(asks(engine, { currency: 'BTC', minor: 1n })).toBe(true)
  })
  it('are written in whole units with the decimals of their currency', () => {
    expect(readSums('ETH 10.5')).toEqual([{ currency: 'ETH', minor: 10_500_000_000_000_000_000n }])
    for (const wrong of [
      'JPY 1.5',
      'XXX 1',
      'JPY -1',
      'JPY 1e3',
      'jpy 1',
      '',
      'JPY 1, JPY 2',
      'JPY 1,',
      'ETH 9'.padEnd(44, '9'),
    ])
      expect(readSums(wrong), wrong).toBeUndefined()
    for (const currency of Object.keys(currencies) as Currency[]) expect(readSums(`${currency} 1`)).toHaveLength(1)
  })
})

describe('an engine', () => {
  it('answers alike whatever was asked before, and however often', () => {
    const engine = engineOf(
      permit,
      '@id("self") forbid (principal, action == Command::Action::"sealed.erase", resource) when { context has target && context.target == principal };',
    )
    const on = (target: string) => engine.judge(asker, { ...erase, facts: { target: target as OperatorId } }).permitted
    for (let time = 0; time < 3; time++) {
      expect(on('tanaka')).toBe(false)
      expect(on('sato')).toBe(true)
      expect(engine.judge(asker, erase).permitted).toBe(true)
      expect(engine.judge({ ...asker, roles: [] }, erase).permitted).toBe(false)
    }
  })
  it.each([
    '@id("me") forbid (principal == Operator::"tanaka", action, resource);',
    '@id("me") forbid (principal in Operator::"tanaka", action, resource);',
    '@id("me") forbid (principal, action, resource) when { principal == Operator::"tanaka" };',
    '@id("me") forbid (principal, action, resource) unless { [Operator::"sato"].contains(principal) };',
  ])('tells people of the same roles apart where a rule does: %s', (rule) => {
    const engine = engineOf(permit, rule)
    for (const operator of ['sato', 'tanaka', 'sato'] as OperatorId[]) {
      expect(engine.judge({ ...asker, operator }, erase).permitted).toBe(operator === 'sato')
    }
  })
  it('permits nothing where a policy fails, though others permit', () => {
    const engine = engineOf(
      permit,
      '@id("bad") forbid (principal, action, resource) when { context.administrators * 9223372036854775807 > 1 };',
    )
    expect(judged(engine)).toEqual({ permitted: false, approvals: null, policies: ['bad'] })
  })
  it('permits nothing where the engine fails', () => {
    const failing = {
      ...cedar,
      statefulIsAuthorized: () => ({ type: 'failure' as const, errors: [], warnings: [] }),
    }
    const engine = createEngine(failing as typeof cedar, permit, 'failing')
    expect(() => judged(engine)).toThrow(expect.objectContaining({ code: 'policy.broken' }))
  })
  it('is not made from what is no policy', () => {
    expect(() => engineOf('permit (principal')).toThrow(expect.objectContaining({ code: 'policy.broken' }))
    expect(() => engineOf('')).toThrow(expect.objectContaining({ code: 'policy.broken' }))
  })
})
