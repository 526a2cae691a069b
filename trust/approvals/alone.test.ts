import { expect, it } from 'vitest'
import { decided } from '#protocol/approvals.ts'
import type { Entry } from '#protocol/entry.ts'
import type { Role } from '#protocol/permission.ts'
import { policyPublished } from '#protocol/policy.ts'
import { operatorRegistered } from '#protocol/session.ts'
import { policyHash } from '../policies.ts'
import { compareAlone } from './alone.ts'
import { createTrailRecord } from './people.ts'

const rule = (more = ''): string =>
  `@id("all") permit (principal, action, resource);
  @id("erase") @approvals("1") @approvers("custodian") @within("24h")
  forbid (principal, action == Command::Action::"sealed.erase", resource) ${more};`

type Event = { readonly type: string; readonly data: object }
const person = (operator: string, roles: readonly Role[]): readonly Event[] => [
  { type: operatorRegistered.type, data: { operator, name: operator, roles, disabled: false } },
]
const publish = (text: string): readonly Event[] => [
  {
    type: policyPublished.type,
    data: { hash: policyHash(text), version: 1, text, note: null, seed: false, previous: null },
  },
]

const entryOf = (index: number, policy: string, events: readonly Event[], command: object): Entry =>
  ({ v: 1, index, at: index, policy, events, command }) as unknown as Entry
const by = (name: string, params: object, kind = 'openpgp') => ({
  statement: { command: name, operator: kind === 'service' ? 'service:inbox' : 'tanaka', id: 'x' },
  params,
  signatures: [{ kind, key: 'k', value: 'AAAA' }],
})
const erase = { subject: 'operator:ito', reason: '退職' }

/** The act, with people and policy in the entries before it. */
const judged = (
  text: string,
  { command = by('sealed.erase', erase), events = [] as readonly Event[], policy = policyHash(text), skip = 0 } = {},
) => {
  const before = [person('tanaka', ['administrator']), person('sato', ['custodian']), publish(text)]
  const record = createTrailRecord()
  for (const [index, said] of before.entries())
    if (index >= skip) record.take(entryOf(index, '', said, by('test.nothing', {})))
  return compareAlone(entryOf(before.length, policy, events, command), record)
}

it('finds a command that was carried out alone, though the policy asked for approvals', () => {
  expect(judged(rule())).toMatchObject({ what: 'needed', result: 'differs', rules: ['erase'], operator: 'tanaka' })
  // A milder set that is named instead of the one in force changes nothing.
  expect(judged(rule(), { policy: policyHash('permit (principal, action, resource);') })?.result).toBe('differs')
})

it('says nothing where none was asked for, or where somebody was asked', () => {
  expect(judged(rule('when { context.administrators >= 2 }'))).toBeNull()
  expect(judged(rule(), { command: by('events.handOver', { shift: '夜勤', text: '一' }) })).toBeNull()
  expect(judged(rule(), { command: by('sealed.erase', erase, 'service') })).toBeNull()
  expect(judged(rule(), { events: [{ type: decided.type, data: {} }] })).toBeNull()
  expect(judged('@id("all") permit (principal, action, resource);')).toBeNull()
})

it('tells apart what it can’t evaluate and what was not read', () => {
  expect(judged(rule('when { principal == Operator::"tanaka" }'))?.result).toBe('not-evaluated')
  expect(judged(rule('when { context.administrators >= 2 }'), { skip: 2 })?.result).toBe('out-of-range')
  const sealed = { ...by('sealed.erase', erase), params: undefined, sealed: {} }
  expect(judged(rule(), { command: sealed as never })?.result).toBe('not-evaluated')
})
