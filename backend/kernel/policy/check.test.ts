import { describe, expect, it } from 'vitest'
import { commands } from '#protocol/catalogue.ts'
import type { OperatorId } from '#protocol/ids.ts'
import type { PolicyCheck } from '#protocol/policy.ts'
import { loadCedar } from './cedar.ts'
import { checkDraft, problemsOf } from './check.ts'
import { seedPolicy } from './seed.ts'

const cedar = await loadCedar()
const admins = ['a', 'b', 'c'] as OperatorId[]
const check = (text: string, of = admins): Promise<PolicyCheck> => checkDraft(cedar, text, commands, of)
const all = '@id("all")\npermit (principal in Role::"administrator", action, resource);\n'

const wrong: readonly (readonly [code: string, place: readonly [number, number], what: string, text: string])[] = [
  ['syntax', [2, 9], '(', '@id("a")\npermit ((principal, action, resource);'],
  ['syntax', [2, 1], 'permit', '@id("a"\npermit (principal, action, resource);'],
  [
    'action-unknown',
    [3, 30],
    'Permission::Action::"hub.raed"',
    `// 日本語の説明\n@id("a")\npermit (principal, action == Permission::Action::"hub.raed", resource);`,
  ],
  ['entity-unknown', [2, 22], 'Rolle', '@id("a") @label("役割")\npermit (principal in Rolle::"x", action, resource);'],
  ['role-unknown', [2, 22], 'Role::"boss"', '@id("a")\npermit (principal in Role::"boss", action, resource);'],
  ['attribute-unknown', [3, 8], 'nope', '@id("a")\npermit (principal, action, resource)\nwhen { context.nope };'],
  [
    'type',
    [3, 33],
    'expected Long but saw String',
    '@id("a")\npermit (principal, action, resource)\nwhen { context.administrators > "3" };',
  ],
  ['template', [2, 1], '', `${all.split('\n').slice(2).join('')}\npermit (principal == ?principal, action, resource);`],
  ['empty', [1, 1], '', ''],
  ['empty', [1, 1], '', '// nothing but a comment'],
  ['too-large', [1, 1], '', `${all}// ${'あ'.repeat(5_000)}`],
  ['id-missing', [1, 1], '', 'permit (principal, action, resource);'],
  ['id-missing', [1, 1], '@id', '@id("Not One")\npermit (principal, action, resource);'],
  ['id-twice', [3, 1], 'all', `${all}@id("all")\nforbid (principal, action, resource);`],
  ['annotation-unknown', [4, 1], '@aproval', `${all}@id("b")\n@aproval("1")\nforbid (principal, action, resource);`],
  [
    'annotation-value',
    [4, 1],
    '@approvals',
    `${all}@id("b")\n@approvals("0") @approvers("custodian") @within("1h")\nforbid (principal, action, resource);`,
  ],
  [
    'annotation-value',
    [4, 17],
    '@approvers',
    `${all}@id("b")\n@approvals("1") @approvers("chef") @within("1h")\nforbid (principal, action, resource);`,
  ],
  [
    'annotation-value',
    [4, 41],
    '@within',
    `${all}@id("b")\n@approvals("1") @approvers("custodian") @within("9999d")\nforbid (principal, action, resource);`,
  ],
  ['annotation-value', [4, 1], '@above', `${all}@id("b")\n@above("JPY 1,000")\nforbid (principal, action, resource);`],
  ['annotation-on-permit', [2, 1], '@above', '@id("b")\n@above("JPY 1")\npermit (principal, action, resource);'],
  [
    'approvals-incomplete',
    [4, 1],
    '@approvals',
    `${all}@id("b")\n@approvals("1")\nforbid (principal, action, resource);`,
  ],
]

describe('a text', () => {
  it.each(wrong)('with %s is told where', (code, [line, column], what, text) => {
    expect(problemsOf(cedar, text, commands)).toContainEqual(
      expect.objectContaining({ code, line, column, what, severity: 'error' }),
    )
  })
  it('that is misspelt is told what may have been meant', () => {
    const [problem] = problemsOf(cedar, all.replace('action,', 'action == Permission::Action::"hub.raed",'), commands)
    expect(problem?.hint).toBe('Permission::Action::"hub.read"')
  })
  it('under which nobody could publish again says so', async () => {
    const none = await check('@id("a") permit (principal in Role::"operator", action, resource);')
    expect(none.problems).toMatchObject([{ code: 'locks-out', severity: 'error' }])
    const rule = (count: number, who: string): string =>
      `${all}@id("b") @approvals("${count}") @approvers("${who}") @within("1h")\nforbid (principal, action == Command::Action::"policy.publish", resource);`
    expect((await check(rule(2, 'administrator'))).problems).toEqual([])
    expect((await check(rule(3, 'administrator'))).problems).toMatchObject([{ code: 'locks-out' }])
    expect((await check(rule(1, 'custodian'))).problems).toMatchObject([{ code: 'locks-out' }])
    expect((await check(all, [])).problems).toMatchObject([{ code: 'locks-out' }])
    const one = '@id("a") permit (principal == Operator::"b", action, resource);'
    expect((await check(one)).problems).toEqual([])
    expect((await check(one, ['a' as OperatorId])).problems).toMatchObject([{ code: 'locks-out' }])
  })
})

describe('a draft', () => {
  it('is read: its rules and what it means for each role', async () => {
    const { rules, effects } = await check(
      `${all}@id("big") @label("高額")\n@approvals("2") @approvers("custodian") @within("2h") @above("JPY 1000000")\nforbid (principal, action in Permission::Action::"hub.operate", resource) when { context.administrators > 1 };`,
    )
    expect(rules[1]).toEqual({
      ...{ id: 'big', label: '高額', line: 3, effect: 'forbid', roles: [], operators: [], conditional: true },
      ...{ permissions: ['hub.operate'], commands: [] },
      approvals: { count: 2, roles: ['custodian'], withinMs: 7_200_000 },
      above: [{ currency: 'JPY', minor: '1000000' }],
    })
    const stop = effects.find(({ role, command }) => role === 'administrator' && command === 'hub.stopModule')
    expect(stop?.verdict).toMatchObject({ permitted: true, approvals: null })
    expect(stop?.above?.approvals?.count).toBe(2)
    expect(effects.filter(({ role, verdict }) => role === 'auditor' && verdict.permitted)).toEqual([])
    expect(effects.some(({ command }) => command === 'session.open')).toBe(false)
  })
  it('with an error means nothing yet; several at once are answered each for itself', async () => {
    const [one, two, three] = await Promise.all([check('permit'), check(all), check(seedPolicy())])
    expect(one).toMatchObject({ rules: [], effects: [] })
    expect([two?.rules.length, three?.rules.length]).toEqual([1, seedPolicy().match(/^@id/gmu)?.length])
  })
})
