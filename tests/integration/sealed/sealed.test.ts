import { describe, expect, it } from 'vitest'
import { revokeCertificate } from '#protocol/certificates.ts'
import {
  beginRewrap,
  endRewrap,
  eraseSubject,
  openings,
  removeCustodian,
  rewraps,
  sealedLimits,
  setTerm,
  subjects,
} from '#protocol/sealed.ts'
import { isSealed } from '#protocol/sealed-value.ts'
import { changeOperator, contacts, setContact } from '#protocol/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { verifySync } from '#trust/ed25519.ts'
import { parseEntry } from '#trust/entry.ts'
import { openParams, paramsPlace } from '#trust/sealed/seal.ts'
import { secretOf } from '#trust/sealed/wrap.ts'
import { paramsDigest, signedBytes } from '#trust/statement.ts'
import { projectedRows, recount, servedRows, tableText } from '../kernel/replay.ts'
import {
  addPaper,
  appoint,
  classRow,
  codeOf,
  contact,
  join,
  makeKey,
  paperCustodian,
  type Running,
  read,
  record,
  register,
  rewrapFor,
  rowOf,
  type Someone,
  sealedModules,
  staff,
  storeContact,
  subject,
  unwrap,
} from './people.ts'
import { eachDeployment, engines } from './places.ts'

describe.each(engines())('sealed values over %s', (_engine, newPlace) => {
  const { started, restarted, pass } = eachDeployment(newPlace)
  const staffed = async () => staff(await started())
  /** Everything that the storage holds, as text. */
  const everything = async ({ storage }: Running): Promise<string> => {
    const parts: string[] = []
    const { size } = await storage.head()
    for (const { bytes } of await storage.entries.byIndex(0, size)) parts.push(Buffer.from(bytes).toString('utf8'))
    for (const { name, epoch } of await storage.collections())
      for (const { value } of await storage.rows.page(name, epoch, null, 1_000)) parts.push(JSON.stringify(value))
    for (const { value } of await storage.changes.after(0, size, 100_000)) parts.push(JSON.stringify(value))
    for (const { wrapped } of await storage.sealed.keys(null, 1_000))
      parts.push(Buffer.from(wrapped).toString('latin1'))
    for (const { token } of await storage.sealed.tokens(null, 1_000))
      parts.push(Buffer.from(token ?? new Uint8Array()).toString('latin1'))
    return parts.join('\n')
  }

  it('starts only with two custodians, or one and a recovery key that was read back', async () => {
    const core = await started()
    const admin = await join(core, 'suzuki', ['administrator'])
    await join(core, contact.operator, ['operator'])
    expect(await codeOf(storeContact(admin))).toBe('sealed.not-ready')
    const first = await join(core, 'tanaka', ['custodian'], await makeKey())
    await appoint(admin, first)
    expect(await codeOf(storeContact(admin))).toBe('sealed.not-ready')
    const paper = await addPaper(admin)
    expect(await codeOf(storeContact(admin))).toBe('sealed.not-ready')
    await paper.prove()
    await storeContact(admin)
    expect(await read(core, first)).toEqual({ name: contact.name, phone: contact.phone, email: contact.email })
    // Two papers are no custodian; a class that was never staffed stays closed.
    expect((await classRow(core, 'statutory'))?.generation ?? 0).toBe(0)
  })

  it('keeps the plain text out of everything, and proves the entry with and without it', async () => {
    const { core, admin, first } = await staffed()
    const outcome = await storeContact(admin)
    const all = await everything(core)
    for (const plain of [contact.name, contact.phone, contact.email, '09012345678', 'hanako@example.jp'])
      expect(all.includes(plain), plain).toBe(false)
    const [stored] = await core.storage.entries.byIndex(outcome.index, outcome.index + 1)
    if (!stored) throw new Error('no entry')
    const { command } = parseEntry(stored.bytes)
    if (!('sealed' in command)) throw new Error('not sealed')
    const value = fromBase64url(command.signatures[0]?.value ?? '')
    expect(verifySync(admin.signer.publicKey, signedBytes(command.statement), value)).toBe(true)
    const [wrapped] = await core.kernel.sealed.keys(first.principal, await record(first))
    if (!wrapped || first.secret === null) throw new Error('no key')
    const secret = secretOf(await unwrap(wrapped.wrapped, first.secret))
    const { salt, params } = openParams(command.sealed, paramsPlace(command.statement, command.sealed), secret)
    expect(params).toEqual(contact)
    expect(paramsDigest(salt, params)).toBe(command.statement.paramsDigest)
    const { root, headRoot } = await recount(core)
    expect(root).toBe(headRoot)
  })

  it('answers one command sent twice with one outcome and one key', async () => {
    const { core, admin } = await staffed()
    const signed = admin.sign(setContact, { ...contact })
    const [one, other] = await Promise.all([core.kernel.submit(signed), core.kernel.submit(signed)])
    expect(other).toEqual(one)
    expect(await core.kernel.submit(signed)).toEqual(one)
    expect((await core.storage.sealed.coverage('personal')).keys).toBe(1)
    const other2 = { ...signed, params: { ...signed.params, phone: '1' } }
    // The id is known: the statement alone is compared, and it is the same.
    expect(await core.kernel.submit(other2)).toEqual(one)
  })

  it('hands keys out against a record alone, to who made it, for ten minutes', async () => {
    const { core, admin, first, second } = await staffed()
    await storeContact(admin)
    const { kernel } = core
    const nobody = '01900000-0000-7000-8000-000000000000'
    expect(await codeOf(kernel.sealed.keys(first.principal, nobody))).toBe('sealed.not-recorded')
    const opening = await record(first)
    expect(await codeOf(kernel.sealed.keys(second.principal, opening))).toBe('sealed.not-recorded')
    expect(await kernel.sealed.keys(first.principal, opening)).toHaveLength(1)
    const { rows } = await kernel.history(openings.name, null, 10)
    expect(rows).toEqual([expect.objectContaining({ id: opening, operator: 'tanaka', subject, reason: '障害の連絡' })])
    // Without the role: refused at the door, and counted for the summary in the log.
    expect(await codeOf(record(admin))).toBe('command.not-permitted')
    const outsider = await join(core, 'mori', ['custodian'], await makeKey())
    await register(admin, outsider)
    expect(await codeOf(record(outsider))).toBe('sealed.not-custodian')
    const refused = kernel.drainRefusals().map(({ actor, reason }) => `${actor} ${reason}`)
    expect(refused).toEqual(expect.arrayContaining(['suzuki command.not-permitted', 'mori sealed.not-custodian']))
  })

  it('stands by the record after a crash between record and hand-out', async () => {
    const { core, admin, first } = await staffed()
    await storeContact(admin)
    const opening = await record(first)
    const keys = await core.kernel.sealed.keys(first.principal, opening)
    const again = await restarted()
    const back = await join(again, 'tanaka', ['custodian'], first.secret ?? undefined)
    expect(await again.kernel.sealed.keys(back.principal, opening)).toEqual(keys)
  })

  it('finds exactly, whatever way it was written, and nothing after a change', async () => {
    const { core, admin, first } = await staffed()
    await storeContact(admin)
    const find = (field: string, value: string, by: Someone = admin) =>
      core.kernel.sealed.find(by.principal, contacts.name, field, value)
    expect(await find('phone', '０９０１２３４５６７８')).toEqual(['abe'])
    expect(await find('email', ' hanako@example.JP')).toEqual(['abe'])
    expect(await find('phone', '090-1234-567')).toEqual([])
    expect(await find('email', '090-1234-5678')).toEqual([])
    expect(await codeOf(find('changedAt', '1'))).toBe('input.invalid')
    await storeContact(admin, { phone: null })
    expect(await find('phone', contact.phone)).toEqual([])
    for (let n = 0; n < sealedLimits.searchesPerMinute; n++) await find('phone', String(n), first)
    expect(await codeOf(find('phone', '1', first))).toBe('sealed.search-limited')
  })

  it('erases: keys and search tokens go, rows say so, every proof holds, and a replay gives the same', async () => {
    const { core, admin, first } = await staffed()
    await storeContact(admin)
    await storeContact(admin, { phone: '03-0000-0000' })
    const opening = await record(first)
    expect(await codeOf(first.submit(eraseSubject, { subject, reason: '求め' }))).toBe('command.not-permitted')
    await admin.submit(eraseSubject, { subject, reason: '本人の求め' })
    // Erased while an opening was under way: nothing is handed out any more.
    expect(await codeOf(core.kernel.sealed.keys(first.principal, opening))).toBe('sealed.erased')
    expect(await codeOf(record(first))).toBe('sealed.erased')
    expect(await codeOf(admin.submit(eraseSubject, { subject, reason: '再度' }))).toBe('sealed.erased')
    expect((await core.storage.sealed.coverage('personal')).keys).toBe(0)
    expect(await core.storage.sealed.tokens(null, 10)).toEqual([])
    const row = await rowOf(core)
    expect(row).toMatchObject({ name: { erased: expect.any(Number) }, phone: { erased: expect.any(Number) } })
    const { root, headRoot } = await recount(core)
    expect(root).toBe(headRoot)
    for (const { name } of [contacts, subjects, openings, rewraps]) {
      const served = tableText(await servedRows(core.storage, name))
      expect(tableText(await projectedRows(core.storage, sealedModules(), name)), name).toEqual(served)
    }
    // What is sealed afterwards is another matter: it opens, and what was before stays erased.
    await storeContact(admin, { phone: null, email: null })
    expect(await read(core, first)).toEqual({ name: contact.name, phone: null, email: null })
    expect((await rowOf(core)).name).toSatisfy(isSealed)
  })

  it('keeps statutory values until their term ends, and makes no term shorter', async () => {
    const { core, admin } = await staffed()
    await admin.submit(setTerm, { class: 'personal', termDays: 30 })
    expect(await codeOf(admin.submit(setTerm, { class: 'personal', termDays: 29 }))).toBe('sealed.term-shorter')
    expect(await codeOf(admin.submit(setTerm, { class: 'statutory', termDays: 365 }))).toBe('sealed.term-shorter')
    await storeContact(admin)
    expect(await codeOf(admin.submit(eraseSubject, { subject, reason: '求め' }))).toBe('sealed.term-running')
    expect(await core.storage.sealed.keys(null, 10)).toHaveLength(2)
  })

  it('gives a new custodian the keys from before, page by page, and goes on after a kill', async () => {
    const { core, admin, first } = await staffed()
    const people = Array.from({ length: 70 }, (_, nth) => `p${nth}`)
    const stored = people.map(async (name) => {
      await join(core, name, ['operator'])
      await storeContact(admin, { operator: name })
    })
    await Promise.all([...stored, storeContact(admin)])
    const third = await join(core, 'mori', ['custodian'], await makeKey())
    await appoint(admin, third)
    const target = { custodian: 'mori', key: third.secret ?? (await makeKey()) }
    expect(await codeOf(read(core, third))).toBe('sealed.no-key')
    const begun = await rewrapFor(core, first, target, { stopAfter: 1 })
    expect(begun.added).toBe(sealedLimits.page)
    const again = await restarted()
    const back = await join(again, 'tanaka', ['custodian'], first.secret ?? undefined)
    const moriAgain = await join(again, 'mori', ['custodian'], third.secret ?? undefined)
    const rest = await rewrapFor(again, back, target)
    expect(rest.added).toBe(people.length + 1 - sealedLimits.page)
    expect(await read(again, moriAgain)).toMatchObject({ phone: contact.phone })
    const [coverage] = await again.kernel.sealed.coverage()
    expect(coverage?.custodians.map(({ keys }) => keys)).toEqual([71, 71, 71])
    // What was begun before the kill still stands open; it can be ended, and then hands nothing out.
    await back.submit(endRewrap, { id: begun.id, outcome: 'cancelled', keys: begun.added })
    expect(await codeOf(again.kernel.sealed.lacking(back.principal, begun.id, null))).toBe('sealed.rewrap-ended')
  })

  it('takes two custodians who rewrap at once, and no key of who was erased meanwhile', async () => {
    const { core, admin, first, second } = await staffed()
    await storeContact(admin)
    await storeContact(admin, { operator: 'suzuki' })
    const third = await join(core, 'mori', ['custodian'], await makeKey())
    await appoint(admin, third)
    const target = { custodian: 'mori', key: third.secret ?? (await makeKey()) }
    const wish = { class: 'personal', custodian: 'mori', fingerprint: target.key.getFingerprint(), using: 'own' }
    const { id } = await first.submit(beginRewrap, wish)
    const page = await core.kernel.sealed.lacking(first.principal, id, null)
    expect(page).toHaveLength(2)
    await admin.submit(eraseSubject, { subject, reason: '求め' })
    const wrapped = page.map((one) => ({ ...one, wrapped: 'AAAA' }))
    expect(await codeOf(core.kernel.sealed.putWrapped(second.principal, id, wrapped))).toBe('sealed.not-recorded')
    expect((await core.storage.sealed.wrapped(subject, 'mori')).length).toBe(0)
    const [one, other] = await Promise.all([rewrapFor(core, first, target), rewrapFor(core, second, target)])
    expect(one.added + other.added).toBe(1)
    expect(await read(core, third, 'suzuki')).toMatchObject({ phone: contact.phone })
    expect(await core.kernel.sealed.putWrapped(first.principal, id, wrapped)).toBe(0)
    expect((await core.storage.sealed.wrapped(subject, 'mori')).length).toBe(0)
  })

  it('removes a custodian from what is to come, and never leaves a key to nobody', async () => {
    const { core, admin, first, second } = await staffed()
    await storeContact(admin)
    const paper = await addPaper(admin)
    await paper.prove()
    await admin.submit(removeCustodian, { class: 'personal', custodian: 'sato' })
    expect(await codeOf(read(core, second))).toBe('sealed.not-custodian')
    expect((await core.storage.sealed.wrapped(subject, 'sato')).length).toBe(0)
    // tanaka alone has the key of before; the paper has none of it yet.
    const last = { class: 'personal', custodian: 'tanaka' }
    expect(await codeOf(admin.submit(removeCustodian, last))).toBe('sealed.would-lose')
    await rewrapFor(core, first, { custodian: paperCustodian, key: paper.key })
    await storeContact(admin, { phone: '1' })
    const third = await join(core, 'mori', ['custodian'], await makeKey())
    await appoint(admin, third)
    await admin.submit(removeCustodian, last)
    // tanaka is gone; the paper gives the rest to mori.
    const target = { custodian: 'mori', key: third.secret ?? (await makeKey()) }
    const { added } = await rewrapFor(core, third, target, { paper: paper.key })
    expect(added).toBe(2)
    expect(await read(core, third)).toMatchObject({ name: contact.name, phone: '1' })
  })

  it('seals anew for custodians that change while commands are on their way', async () => {
    const { core, admin, first } = await staffed()
    const names = Array.from({ length: 12 }, (_, nth) => `p${nth}`)
    for (const name of names) await join(core, name, ['operator'])
    const newcomers = await Promise.all(
      ['mori', 'kato', 'ueda'].map(async (name) => join(core, name, ['custodian'], await makeKey())),
    )
    const storing = names.map((operator) => storeContact(admin, { operator }))
    for (const newcomer of newcomers) await appoint(admin, newcomer)
    await Promise.all(storing)
    await storeContact(admin)
    // Whoever was a custodian when an entry was made can open it: by the class's row in the log, in its order.
    const present = new Set(['tanaka', 'sato'])
    const { size } = await core.storage.head()
    for (const { bytes } of await core.storage.entries.byIndex(0, size)) {
      for (const { type, data } of parseEntry(bytes).events) {
        if (type === 'sealed.custodianAdded@1') present.add(String(data['custodian']))
        if (type !== 'sealed.subjectSealed@1') continue
        const wrapped = data['wrapped'] as unknown as readonly { readonly custodian: string }[]
        expect(wrapped.map(({ custodian }) => custodian).sort()).toEqual([...present].sort())
      }
    }
    expect(await read(core, newcomers[2] ?? first)).toMatchObject({ phone: contact.phone })
  })

  it('skips a custodian whose certificate is revoked, whose key ran out or who is disabled, and says so', async () => {
    const { core, admin, first, second } = await staffed()
    const paper = await addPaper(admin)
    await paper.prove()
    const brief = await join(core, 'mori', ['custodian'], await makeKey({ keyExpirationTime: 1_800 }))
    await appoint(admin, brief)
    pass(3_600_000)
    await admin.submit(revokeCertificate, { fingerprint: second.fingerprint, reason: 'compromised' })
    const state = async () => {
      const [coverage] = await core.kernel.sealed.coverage()
      return Object.fromEntries(coverage?.custodians.map((it) => [it.custodian, it.unusable]) ?? [])
    }
    await expect.poll(state).toEqual({ tanaka: null, sato: 'revoked', [paperCustodian]: null, mori: 'expired' })
    const { index } = await storeContact(admin)
    const [entry] = await core.storage.entries.byIndex(index, index + 1)
    const sealed = parseEntry(entry?.bytes ?? new Uint8Array()).events.at(-1)
    expect(sealed?.data).toMatchObject({ skipped: expect.arrayContaining(['sato', 'mori']) })
    expect((await core.storage.sealed.wrapped(subject, 'sato')).length).toBe(0)
    expect(await read(core, first)).toMatchObject({ phone: contact.phone })
    await admin.submit(changeOperator, { operator: 'tanaka', name: 'tanaka', roles: ['custodian'], disabled: true })
    expect(await codeOf(storeContact(admin))).toBe('sealed.not-ready')
    const [coverage] = await core.kernel.sealed.coverage()
    expect(coverage).toMatchObject({ keys: 1, lost: 0 })
  })
})
