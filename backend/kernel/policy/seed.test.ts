import { describe, expect, it } from 'vitest'
import { commands } from '#protocol/catalogue.ts'
import type { OperatorId } from '#protocol/ids.ts'
import type { Money } from '#protocol/money.ts'
import { permissions, type Role, roles } from '#protocol/permission.ts'
import { policyTextSchema } from '#protocol/policy.ts'
import { isReading } from '#protocol/reading.ts'
import { endHandOver } from '#protocol/sealed-hand-over.ts'
import { loadCedar } from './cedar.ts'
import { canBeReplaced, problemsOf } from './check.ts'
import { createEngine } from './engine.ts'
import { seedPolicy } from './seed.ts'

const cedar = await loadCedar()
const engine = createEngine(cedar, seedPolicy())
const asker = (role: Role, administrators = 1) =>
  ({ operator: 'tanaka' as OperatorId, roles: [role], administrators }) as const

/** What each role may, line by line: the seed may say it in any way, but means exactly this. */
const granted: Readonly<Record<Role, readonly string[]>> = {
  operator: [
    'hub.read',
    'hub.operate',
    'telemetry.read',
    'events.read',
    'events.record',
    'events.acknowledge',
    'events.handover',
    'alerts.read',
    'alerts.operate',
    'session.read',
    'approvals.read',
    'approvals.carry',
    'payments.read',
    'payments.create',
    'payments.capture',
    'payments.refund',
    'payments.cases',
    'payments.invoices',
    'payments.issue',
  ],
  custodian: [
    'hub.read',
    'telemetry.read',
    'events.read',
    'events.handover',
    'alerts.read',
    'session.read',
    'log.read',
    'sealed.read',
    'sealed.open',
    'sealed.search',
    'sealed.handOver',
    'approvals.read',
    'approvals.carry',
    'approvals.emergency',
    'approvals.review',
    'policy.read',
    'payments.read',
    'payments.messages',
  ],
  auditor: [
    'hub.read',
    'telemetry.read',
    'events.read',
    'alerts.read',
    'session.read',
    'log.read',
    'log.export',
    'sealed.read',
    'approvals.read',
    'policy.read',
    'payments.read',
    'payments.export',
    'payments.invoices',
  ],
  administrator: [
    'hub.read',
    'hub.operate',
    'hub.administer',
    'telemetry.read',
    'events.read',
    'events.record',
    'events.acknowledge',
    'events.handover',
    'alerts.read',
    'alerts.operate',
    'alerts.configure',
    'session.read',
    'session.administer',
    'log.read',
    'log.export',
    'sealed.read',
    'sealed.search',
    'sealed.erase',
    'sealed.administer',
    'approvals.read',
    'approvals.carry',
    'approvals.review',
    'policy.read',
    'policy.publish',
    'payments.read',
    'payments.create',
    'payments.capture',
    'payments.refund',
    'payments.adjust',
    'payments.cases',
    'payments.export',
    'payments.books',
    'payments.configure',
    'payments.invoices',
    'payments.issue',
  ],
}

describe('the seed', () => {
  it('is valid, fits into an entry and can be replaced', () => {
    expect(problemsOf(cedar, seedPolicy(), commands)).toEqual([])
    expect(policyTextSchema.safeParse(seedPolicy()).success).toBe(true)
    for (const count of [1, 2, 3]) {
      expect(canBeReplaced(engine, ['a', 'b', 'c'].slice(0, count) as OperatorId[])).toBe(true)
    }
  })

  it.each(roles)('gives %s these permissions and no other', (role) => {
    const may = permissions.filter((permission) => engine.judge(asker(role), { permission }).permitted)
    expect([...may].sort()).toEqual([...granted[role]].sort())
  })

  it.each(roles)('lets %s give the commands of these permissions and no other', (role) => {
    for (const { name, permission } of commands) {
      const { permitted, approvals } = engine.judge(asker(role), { permission, command: name })
      expect(permitted, name).toBe(granted[role].includes(permission))
      expect(approvals, name).toBeNull()
    }
  })

  it('gives auditors every reading, and no act: their pages then show none', () => {
    expect(permissions.filter((one) => granted.auditor.includes(one) && !isReading(one))).toEqual([])
    expect(permissions.filter((one) => one.endsWith('.read') && !granted.auditor.includes(one))).toEqual([])
  })

  it('asks for more than a reading wherever a page offers an act', () => {
    // Given by services, by the desktop as it goes along, or to end one's own session.
    const onTheirOwn = [
      ...['access.recordExport', 'access.recordReads', 'log.certifyServices', 'log.open', 'log.replaceKey'],
      ...['log.restore', 'log.seedPolicy', 'session.certifyKey', 'session.end'],
    ]
    const read = commands.filter(({ permission }) => isReading(permission)).map(({ name }) => name)
    expect(read.toSorted()).toEqual(onTheirOwn)
  })

  it('asks for a second person above its sums, for refunds, cancellations and entries by hand', () => {
    const approvals = { count: 1, roles: ['custodian', 'administrator'], withinMs: 24 * 60 * 60_000 }
    const sums = (...amounts: Money[]) => ({ facts: { amounts } })
    const refund = { permission: 'payments.refund', command: 'payments.refund' } as const
    const entry = { permission: 'payments.adjust', command: 'payments.postManualEntry' } as const
    for (const wish of [refund, entry]) {
      const judged = (money: Money) => engine.judge(asker('administrator'), { ...wish, ...sums(money) }).approvals
      expect(judged({ currency: 'JPY', minor: 100_000n })).toBeNull()
      expect(judged({ currency: 'JPY', minor: 100_001n })).toEqual(approvals)
      expect(judged({ currency: 'USD', minor: 100_001n })).toEqual(approvals)
      expect(judged({ currency: 'XTR', minor: 50_000n })).toBeNull()
    }
    expect(engine.judge(asker('operator'), entry).permitted).toBe(false)
  })

  it('asks for a second person who hands over keys, as soon as there surely is one', () => {
    const handOver = { permission: 'sealed.handOver', command: 'sealed.handOver' } as const
    expect(engine.judge(asker('custodian', 1), handOver).approvals).toBeNull()
    expect(engine.judge(asker('custodian', 2), handOver)).toEqual({
      permitted: true,
      approvals: { count: 1, roles: ['custodian', 'administrator'], withinMs: 24 * 60 * 60_000 },
      policies: ['custodian', 'hand-over-by-two'],
    })
    expect(engine.judge(asker('administrator', 2), handOver).permitted).toBe(false)
    // Its end gives nothing, and needs the permission to open alone: nobody has to approve of it.
    const end = { permission: endHandOver.permission, command: endHandOver.name }
    expect(engine.judge(asker('custodian', 2), end)).toMatchObject({ permitted: true, approvals: null })
  })

  it('adds up over roles, and gives nothing to somebody without one', () => {
    const both = { ...asker('operator'), roles: ['operator', 'custodian'] } as const
    expect(engine.judge(both, { permission: 'log.read' }).permitted).toBe(true)
    expect(engine.judge(both, { permission: 'hub.operate' }).permitted).toBe(true)
    expect(engine.judge({ ...both, roles: [] }, { permission: 'hub.read' }).permitted).toBe(false)
  })

  it('asks for a second administrator once there are three: for policies, and for who becomes one', () => {
    const publish = { permission: 'policy.publish', command: 'policy.publish' } as const
    const approvals = { count: 1, roles: ['administrator'], withinMs: 24 * 60 * 60_000 }
    expect(engine.judge(asker('administrator', 2), publish).approvals).toBeNull()
    expect(engine.judge(asker('administrator', 3), publish)).toEqual({
      permitted: true,
      approvals,
      policies: ['administrator', 'publish-by-two'],
    })
    const register = { permission: 'session.administer', command: 'session.registerOperator' } as const
    const given = (...held: Role[]) =>
      engine.judge(asker('administrator', 3), { ...register, facts: { target: 'sato' as OperatorId, roles: held } })
    expect(given('operator').approvals).toBeNull()
    expect(given('operator', 'administrator').approvals).toEqual(approvals)
    expect(engine.judge(asker('operator', 3), publish).permitted).toBe(false)
  })
})
