import { describe, expect, it } from 'vitest'
import { decided, type KeptVote, propose, proposed, vote, voted } from '#protocol/approvals.ts'
import type { SignedCommand } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { stateCommand } from '../statement.ts'
import { createTrailRecord } from './people.ts'
import { createTrails } from './trail.ts'
import { verifyTrail } from './verify-trail.ts'
import { targetOf } from './vote.ts'

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
const id = '0191e7a0-0000-7000-8000-0000000000aa' as CommandId
const fingerprint = 'ab12'.repeat(10)
const signatures: SignedCommand['signatures'] = [{ kind: 'openpgp', key: fingerprint, value: 'AAAA' }]

const command = (name: string, params: object, operator = 'tanaka', of = id): SignedCommand => ({
  ...stateCommand({
    ...{ context, command: name, id: of, params: params as never, issuedAt: 1, expiresAt: 900 },
    operator: operator as OperatorId,
  }),
  signatures,
})
const inner = command('sealed.erase', { subject: 'operator:ito', reason: '退職' })
const target = targetOf(inner.statement)
const entry = (index: number, of: SignedCommand, type: string, data: object): Entry =>
  ({
    v: 1,
    index,
    at: index * 10,
    command: of,
    policy: `policy-${index}`,
    events: [{ type, data }],
  }) as unknown as Entry

const proposing = (index = 1) =>
  entry(index, command(propose.name, { command: inner }), proposed.type, {
    ...{ id, target, command: inner.statement.command, proposed: inner, operator: 'tanaka', certificate: fingerprint },
    ...{ need: { count: 1, roles: ['custodian'], withinMs: 60_000 }, policies: ['p'], expiresAt: 510 },
  })
const voting = (index: number, operator: string, over: object = {}) => {
  const statement = {
    v: 1,
    context,
    purpose: 'approve',
    target,
    reason: '',
    issuedAt: 1,
    expiresAt: 900,
    operator,
    ...over,
  }
  const signature = { key: fingerprint, value: 'AAAA' }
  return entry(index, command(vote.name, { id, statement, signature }, 'carrier'), voted.type, {
    ...{ id, command: 'sealed.erase', purpose: statement.purpose, operator, certificate: fingerprint },
    ...{ reason: '', ready: true },
  })
}
const deciding = (index: number, by: readonly number[], of = inner) =>
  entry(index, of, decided.type, {
    ...{ id, command: 'sealed.erase', proposal: 1, emergency: false },
    by: by.map((one) => ({ purpose: 'approve', operator: 'sato', certificate: fingerprint, index: one }) as KeptVote),
  })

const trailOf = (...entries: readonly Entry[]) => {
  const trails = createTrails()
  for (const one of entries) trails.add(one)
  const found = trails.of(id)
  if (!found) throw new Error('no trail')
  return found
}
/** Nothing was read beside the trail's own entries. */
const known = { context, certificates: [], record: createTrailRecord() }
const faultsOf = async (...entries: readonly Entry[]) =>
  (await verifyTrail(trailOf(...entries), known)).faults.filter((one) => one !== 'signature')

describe('a trail', () => {
  it('says from the entries alone who approved what, with which key and under which policy', () => {
    const trail = trailOf(proposing(), voting(2, 'sato'), deciding(3, [2]))
    expect(trail.proposal).toMatchObject({
      index: 1,
      policy: 'policy-1',
      command: { statement: { operator: 'tanaka' } },
    })
    expect(trail.votes).toMatchObject([
      { index: 2, policy: 'policy-2', signed: { statement: { operator: 'sato' }, signature: { key: fingerprint } } },
    ])
    expect(trail.end).toMatchObject({ state: 'decided', index: 3, by: [2], emergency: false })
  })

  it('holds where its rules were kept, but for signatures that nobody knows', async () => {
    const trail = trailOf(proposing(), voting(2, 'sato'), deciding(3, [2]))
    const { faults, votes } = await verifyTrail(trail, known)
    expect(faults).toEqual(['signature'])
    expect(votes).toMatchObject([{ counted: true, report: { valid: false } }])
  })

  it('names what does not hold', async () => {
    const other = command('sealed.erase', { subject: 'operator:other', reason: '退職' })
    expect(await faultsOf(voting(2, 'sato'), deciding(3, [2]))).toEqual(['no-proposal'])
    expect(await faultsOf(proposing(), voting(2, 'tanaka'), deciding(3, [2]))).toEqual(['own-vote'])
    expect(await faultsOf(proposing(), voting(2, 'sato', { target: 'A'.repeat(43) }), deciding(3, [2]))).toEqual([
      'target',
    ])
    expect(await faultsOf(proposing(), voting(2, 'sato'), deciding(3, [2], other))).toEqual(['other-command'])
    expect(await faultsOf(proposing(), voting(2, 'sato'), voting(3, 'sato'), deciding(4, [2, 3]))).toEqual([
      'counted-twice',
    ])
    expect(await faultsOf(proposing(), deciding(3, [2]))).toEqual(['no-vote', 'too-few'])
    expect(await faultsOf(proposing(), voting(2, 'sato'), deciding(60, [2]))).toEqual(['after-expiry'])
    expect(
      await faultsOf(proposing(), voting(2, 'sato', { purpose: 'reject', reason: '不要' }), deciding(3, [2])),
    ).toEqual(['no-vote', 'ended-twice'])
  })
})
