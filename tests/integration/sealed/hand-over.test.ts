import { describe, expect, it } from 'vitest'
import { accesses } from '#protocol/access.ts'
import { revokeCertificate } from '#protocol/certificates.ts'
import { addCustodian, eraseSubject, removeCustodian } from '#protocol/sealed.ts'
import { endHandOver, handOver, handOverLimits, handOvers } from '#protocol/sealed-hand-over.ts'
import { changeOperator, contactSubject } from '#protocol/session.ts'
import { projectedRows, servedRows, tableText } from '../kernel/replay.ts'
import {
  appoint,
  codeOf,
  join,
  makeKey,
  publicText,
  type Running,
  register,
  type Someone,
  sealedModules,
  staff,
  storeContact,
  subject,
  unwrap,
} from './people.ts'
import { eachDeployment, engines } from './places.ts'

/** Everything that a hand-over gives, page by page, and how many pages it took. */
const taken = async ({ kernel }: Running, by: Someone, id: string) => {
  const keys: string[] = []
  const without: string[] = []
  let pages = 0
  for (let from: number | null = null; pages === 0 || from !== null; pages++) {
    const page = await kernel.sealed.handedOver(by.principal, id, from)
    expect(page.keys.length).toBeLessThanOrEqual(handOverLimits.page)
    keys.push(...page.keys.map(({ key }) => key))
    without.push(...page.without.map(({ subject: about, why }) => `${about} ${why}`))
    from = page.next
  }
  return { keys, without, pages }
}
const rowsOf = async ({ kernel }: Running) => (await kernel.history(handOvers.name, null, 100)).rows as never[]

describe.each(engines())('keys that are handed over, on %s', (_engine, newPlace) => {
  const { started, restarted, pass } = eachDeployment(newPlace)
  /** With an auditor whose certificate is registered. */
  const staffed = async () => {
    const all = await staff(await started())
    const auditor = await join(all.core, 'mori', ['auditor'], await makeKey())
    await register(all.admin, auditor)
    const size = async (): Promise<number> => (await all.core.storage.head()).size
    /** From an entry on up to now, for the auditor. */
    const wish = async (from: number, over: object = {}) => ({
      ...{ class: 'personal', from, to: await size(), operator: 'mori', fingerprint: auditor.fingerprint },
      ...{ certificate: null, reason: '2026年の監査', ...over },
    })
    return { ...all, auditor, size, wish }
  }

  it('are those of the range and the class, against the record alone, until it is ended', async () => {
    const { core, admin, first, second, size, wish } = await staffed()
    await storeContact(admin)
    const from = await size()
    await storeContact(admin, { phone: '1' })
    await storeContact(admin, { phone: '2' })
    const to = await size()
    await storeContact(admin, { phone: '3' })
    const { kernel } = core
    const nobody = '01900000-0000-7000-8000-000000000000'
    expect(await codeOf(kernel.sealed.handedOver(first.principal, nobody, null))).toBe('sealed.not-recorded')
    const { id, index } = await first.submit(handOver, await wish(from, { to }))
    expect(await codeOf(kernel.sealed.handedOver(second.principal, id, null))).toBe('sealed.not-recorded')
    const { keys, without } = await taken(core, first, id)
    expect([keys.length, without]).toEqual([2, []])
    // What it hands out is the custodian's own wrapped keys.
    const [page] = (await kernel.sealed.handedOver(first.principal, id, null)).keys
    if (!page || !first.secret) throw new Error('no key')
    expect(await unwrap(page.wrapped, first.secret)).toMatchObject({ subject, key: page.key, class: 'personal' })
    // No entry outside the range is looked at, whatever is asked for.
    expect((await kernel.sealed.handedOver(first.principal, id, 0)).keys).toHaveLength(2)
    expect((await kernel.sealed.handedOver(first.principal, id, to + 5)).keys).toEqual([])
    const counts = { keys: 2, subjects: 1, erased: 0, lacking: 0 }
    expect(await codeOf(second.submit(endHandOver, { id, outcome: 'done', ...counts }))).toBe('sealed.not-recorded')
    await first.submit(endHandOver, { id, outcome: 'done', ...counts })
    expect(await codeOf(first.submit(endHandOver, { id, outcome: 'done', ...counts }))).toBe('sealed.hand-over-ended')
    expect(await codeOf(kernel.sealed.handedOver(first.principal, id, null))).toBe('sealed.hand-over-ended')
    expect(await rowsOf(core)).toEqual([
      expect.objectContaining({ id, by: 'tanaka', operator: 'mori', from, to, outcome: 'done', ...counts }),
    ])
    // In the access log, with whom and why; and a rebuild gives the same rows.
    const { rows } = await kernel.history(accesses.name, null, 100)
    expect(rows).toContainEqual(
      expect.objectContaining({ kind: 'keys', operator: 'tanaka', detail: `personal ${from}–${to - 1} → mori` }),
    )
    expect(tableText(await projectedRows(core.storage, sealedModules(), handOvers.name))).toEqual(
      tableText(await servedRows(core.storage, handOvers.name)),
    )
    // A range that reaches beyond its own entry ends there.
    const later = await first.submit(handOver, await wish(from, { to: 1_000_000 }))
    await storeContact(admin, { phone: '4' })
    expect((await taken(core, first, later.id)).keys).toHaveLength(3)
    expect(await rowsOf(core)).toContainEqual(expect.objectContaining({ id: later.id, to: later.index }))
    expect(later.index).toBeGreaterThan(index)
  })

  it('are given by custodians of the class, to somebody else, whose certificate can be used', async () => {
    const { core, admin, first, second, auditor, wish } = await staffed()
    await storeContact(admin)
    const whole = await wish(0)
    const refused = (by: Someone, over: object) => codeOf(by.submit(handOver, { ...whole, ...over }))
    expect(await refused(admin, {})).toBe('command.not-permitted')
    expect(await refused(auditor, {})).toBe('command.not-permitted')
    expect(await refused(first, { class: 'statutory' })).toBe('sealed.not-custodian')
    expect(await refused(first, { from: 5, to: 5 })).toBe('input.invalid')
    expect(await refused(first, { operator: null })).toBe('input.invalid')
    expect(await refused(first, { operator: 'tanaka', fingerprint: first.fingerprint })).toBe('sealed.own-receiver')
    const own = { operator: null, fingerprint: first.fingerprint, certificate: publicText(first.secret as never) }
    expect(await refused(first, own)).toBe('sealed.own-receiver')
    // Of a registered operator, and passed off as a stranger's.
    const passed = { ...own, fingerprint: auditor.fingerprint, certificate: publicText(auditor.secret as never) }
    expect(await refused(first, passed)).toBe('sealed.certificate-unusable')
    expect(await refused(first, { fingerprint: second.fingerprint })).toBe('session.certificate-unknown')
    const outside = await makeKey()
    const carried = { operator: null, fingerprint: outside.getFingerprint(), certificate: publicText(outside) }
    expect(await refused(first, { ...carried, fingerprint: 'ab'.repeat(20) })).toBe('sealed.certificate-unusable')
    expect(await refused(first, { ...carried, certificate: 'AAAA' })).toBe('sealed.certificate-unusable')
    const { id } = await first.submit(handOver, { ...whole, ...carried })
    expect((await taken(core, first, id)).keys).toHaveLength(1)
    // Revoked between the record and the keys: nothing is handed out any more.
    const recorded = await first.submit(handOver, whole)
    const toAuditor = () => codeOf(core.kernel.sealed.handedOver(first.principal, recorded.id, null))
    // Whose account is closed gets nothing, nor whose certificate is revoked.
    const mori = { operator: 'mori', name: 'mori', roles: ['auditor' as const] }
    await admin.submit(changeOperator, { ...mori, disabled: true })
    expect(await toAuditor()).toBe('sealed.certificate-unusable')
    await admin.submit(changeOperator, { ...mori, disabled: false })
    expect(await toAuditor()).toBe('none')
    await admin.submit(revokeCertificate, { fingerprint: auditor.fingerprint, reason: 'compromised' })
    expect(await toAuditor()).toBe('sealed.certificate-unusable')
    // Nor to who is no custodian any more.
    const third = await join(core, 'kato', ['custodian'], await makeKey())
    await appoint(admin, third)
    await admin.submit(removeCustodian, { class: 'personal', custodian: 'tanaka' })
    expect(await codeOf(core.kernel.sealed.handedOver(first.principal, id, null))).toBe('sealed.not-custodian')
  })

  it('leave out who was erased and what the custodian never had, and say so', async () => {
    const { core, admin, first, wish } = await staffed()
    await storeContact(admin)
    await storeContact(admin, { phone: '1' })
    await storeContact(admin, { operator: 'suzuki' })
    const late = await join(core, 'kato', ['custodian'], await makeKey())
    await appoint(admin, late)
    await storeContact(admin, { operator: 'suzuki', phone: '2' })
    await admin.submit(eraseSubject, { subject, reason: '求め' })
    const { id } = await first.submit(handOver, await wish(0))
    expect(await taken(core, first, id)).toMatchObject({ without: [`${subject} erased`, `${subject} erased`] })
    expect((await taken(core, first, id)).keys).toHaveLength(2)
    const second = await late.submit(handOver, await wish(0))
    const other = contactSubject('suzuki')
    const { keys, without } = await taken(core, late, second.id)
    expect(keys).toHaveLength(1)
    expect(without).toEqual([`${subject} erased`, `${subject} erased`, `${other} lacking`])
    // Two certificates of one custodian: each key once.
    const next = await makeKey()
    await register(admin, { ...late, secret: next, fingerprint: next.getFingerprint() })
    await admin.submit(addCustodian, { class: 'personal', custodian: 'kato', fingerprint: next.getFingerprint() })
    expect((await taken(core, late, second.id)).keys).toEqual(keys)
  })

  it('come page by page, and all of them again after a kill; a second person approves where there is one', async () => {
    const { core, admin, first, wish } = await staffed()
    for (let nth = 0; nth < handOverLimits.page + 3; nth++) await storeContact(admin, { phone: String(nth) })
    const whole = await wish(0)
    const { id } = await first.submit(handOver, whole)
    const half = await core.kernel.sealed.handedOver(first.principal, id, null)
    expect(half.keys).toHaveLength(handOverLimits.page)
    const again = await restarted()
    const back = await join(again, 'tanaka', ['custodian'], first.secret ?? undefined)
    const { keys, pages } = await taken(again, back, id)
    expect([keys.length, new Set(keys).size, pages]).toEqual([...[handOverLimits.page + 3, handOverLimits.page + 3, 2]])
    expect(keys.slice(0, handOverLimits.page)).toEqual(half.keys.map(({ key }) => key))
    await join(again, 'ueda', ['administrator'])
    expect(await codeOf(back.submit(handOver, whole))).toBe('command.needs-approvals')
    expect(await rowsOf(again)).toHaveLength(1)
    pass(handOverLimits.openMs)
    expect(await codeOf(again.kernel.sealed.handedOver(back.principal, id, null))).toBe('sealed.hand-over-expired')
  })
})
