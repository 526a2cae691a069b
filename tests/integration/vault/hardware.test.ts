import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessesOf } from '#main/vault/access.ts'
import type { Asked } from '#main/vault/ask/question.ts'
import { parseStored } from '#main/vault/keyring/listing.ts'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'
import { openSoftHsm, type SoftHsm, softHsmLacks, softHsmPins } from '#tests/fakes/soft-hsm.ts'
import { type OpenedVault, openVault, untilHardware } from '#tests/fixtures/vault/vault.ts'
import { checkOpening, checkSignature } from './external-checks.ts'

const entryOf = async (opened: OpenedVault, id: string) => {
  const ended = new AbortController()
  for await (const { entries } of await opened.client.watch({}, { signal: ended.signal })) {
    ended.abort()
    const found = entries.find((it) => it.id === id)
    if (found === undefined) throw new Error('no entry')
    return found
  }
  throw new Error('ended')
}

/** Signs and opens with every certificate of a line of the keyring, as messages do. */
const checkEntry = async (opened: OpenedVault, id: string): Promise<void> => {
  const stored = opened.vault
    .keyring()
    .current()
    .entries.find((it) => it.id === id)
  expect(stored).toBeDefined()
  for (const it of stored?.certificates ?? []) {
    const key = await parseStored(it)
    const accesses = accessesOf(key, it, opened.vault.hardware)
    const certificate = key.toPublic()
    const [primary] = accesses
    const reader = (await certificate.getEncryptionKey()).getKeyID().toHex()
    const opening = accesses.find(({ key: part }) => part.getKeyID().toHex() === reader)
    if (primary === undefined || opening === undefined) throw new Error('no access')
    await checkSignature(certificate, primary)
    await checkOpening(certificate, opening)
  }
}

/** Peers encrypt to the newest key, and keys have whole seconds. */
const nextSecond = () => pause(1_000)

const person = { name: '鍵管理者', email: 'custodian@example.org', days: 730, companion: true }
const number = '00000021'

describe.skipIf(cardPlaceLacks() !== null)('a card as a line of the keyring', () => {
  let place: CardPlace
  let opened: OpenedVault
  const pins: Record<string, string> = { カードのPIN: '123456', カードの管理者PIN: '12345678' }
  const right = ({ title, words }: Asked): string => pins[words?.field ?? title] ?? ''
  beforeAll(async () => {
    place = await openCardPlace(number)
    opened = await openVault(right, { agent: { home: place.gnupg.path } })
  })
  afterAll(async () => {
    await opened.stop()
    await place.stop()
  })

  it('is seen with its state, and its keys become one identity with what revokes it', async () => {
    const card = await untilHardware(opened, ({ reader }) => reader.state === 'present' && reader.card)
    expect(card).toMatchObject({ number, tries: { pin: 3, adminPin: 3 } })
    const { id } = await opened.client.hardware.makeOnCard({ ...person, card: number, algorithm: '25519' })
    const entry = await entryOf(opened, id)
    expect(entry.certificates.map(({ version }) => version)).toEqual([6, 4])
    for (const { parts, hasRevocation } of entry.certificates) {
      expect(hasRevocation).toBe(true)
      expect(parts.map(({ place: where }) => where)).toEqual(['card', 'card'])
    }
    const slots = await untilHardware(opened, ({ reader }) => reader.state === 'present' && reader.card.slots)
    expect(slots.map((it) => it.entry?.held ?? null)).toEqual([true, true, null])
    await checkEntry(opened, id)
    // As メッセージ does it.
    const whom = { recipients: [id], identity: id, toSelf: false, password: false, audience: 'auto' as const }
    const { text } = await opened.client.messages.encryptText({ text: '秘密', envelope: { ...whom, sign: true } })
    const read = await opened.client.messages.readText({ text, signed: null })
    expect(read).toMatchObject({
      text: '秘密',
      reading: { opened: { by: 'key', place: 'card' }, signatures: [{ verified: true }] },
    })
  })

  it('asks each PIN once for all that an operation signs, and counts a wrong one down', async () => {
    const [line] = opened.vault.keyring().current().entries
    const id = line?.id ?? ''
    // Only a card that was pulled forgets a PIN.
    await place.reader.remove()
    await untilHardware(opened, ({ reader }) => reader.state === 'absent')
    await place.reader.insert(place.card)
    await untilHardware(opened, ({ reader }) => reader.state === 'present')
    opened.person.asked.length = 0
    let wrong = 1
    opened.person.answering = (asked) => (wrong-- > 0 ? '999999' : right(asked))
    await opened.client.extend({ id, days: 900 })
    expect(opened.person.asked.map((it) => [it.wrong, it.facts.at(-1)?.value])).toEqual([
      [false, 'あと3回'],
      [true, 'あと2回'],
    ])
    opened.person.answering = right
    expect(place.card.tries.pw1).toBe(3)
    await opened.client.addUserId({ id, name: '鍵管理者', email: 'two@example.org' })
    expect((await entryOf(opened, id)).certificates[0]?.userIds).toHaveLength(2)
  })

  it('shows that a finger is awaited, and each trouble with its own code', async () => {
    const [line] = opened.vault.keyring().current().entries
    const id = line?.id ?? ''
    await opened.client.hardware.setTouch({ card: number, slot: 1, touch: 'on' })
    const extended = opened.client.extend({ id, days: 800 })
    let pressed = 0
    const pressing = async () => {
      while (pressed >= 0) {
        if (place.card.touch.waiting && opened.vault.hardware.waits() === 'touch' && place.card.touch.press())
          pressed += 1
        await pause(20)
      }
    }
    const end = pressing()
    await extended
    expect(pressed).toBeGreaterThan(0)
    pressed = -1
    await end
    expect(opened.vault.hardware.waits()).toBeNull()
    const interrupted = opened.client.extend({ id, days: 700 }).catch(({ code }: { code: string }) => code)
    await expect.poll(() => place.card.touch.waiting).toBe(true)
    await place.reader.remove()
    expect(await interrupted).toBe('hardware.unplugged')
    await untilHardware(opened, ({ reader }) => reader.state === 'absent')
    const code = (work: Promise<unknown>) => work.then(String, (failure: { code: string }) => failure.code)
    expect(await code(opened.client.extend({ id, days: 700 }))).toBe('hardware.no-card')
    await place.reader.insert(place.card)
    await untilHardware(opened, ({ reader }) => reader.state === 'present')
    await opened.client.hardware.setTouch({ card: number, slot: 1, touch: 'off' })
    expect(await code(opened.client.hardware.changePin({ card: '00000099', which: 'pin' }))).toBe('hardware.other-card')
    opened.person.answering = () => null
    expect(await code(opened.client.hardware.changePin({ card: number, which: 'pin' }))).toBe('vault.declined')
    opened.person.answering = () => '999999'
    expect(await code(opened.client.hardware.changePin({ card: number, which: 'pin' }))).toBe('hardware.pin-blocked')
    expect(opened.person.asked.at(-1)?.danger).toBe(true)
    opened.person.answering = right
    await opened.client.hardware.unblockPin({ card: number, by: 'admin-pin' })
    expect(place.card.tries.pw1).toBe(3)
  })

  it('gives a new encryption key on the card after a warning, and revokes', async () => {
    const [line] = opened.vault.keyring().current().entries
    const id = line?.id ?? ''
    opened.person.asked.length = 0
    await nextSecond()
    await opened.client.rotate({ id })
    expect(opened.person.asked[0]).toMatchObject({ title: 'カードの暗号の鍵の更新', danger: true })
    await checkEntry(opened, id)
    await opened.client.revoke({ id, reason: 'retired', text: '' })
    expect((await entryOf(opened, id)).state).toBe('revoked')
  })

  it('takes keys that the card has already, and starts over as from the factory', async () => {
    const [line] = opened.vault.keyring().current().entries
    await opened.client.remove({ id: line?.id ?? '' })
    const take = opened.client.hardware.takeCard({ card: number, person: null })
    await expect(take).rejects.toMatchObject({ code: 'hardware.needs-certificate' })
    const { id } = await opened.client.hardware.takeCard({ card: number, person })
    await checkEntry(opened, id)
    await opened.client.hardware.resetCard({ card: number })
    const slots = await untilHardware(opened, ({ reader }) => reader.state === 'present' && reader.card.slots)
    expect(slots.map(({ present }) => present)).toEqual([false, false, false])
  })
})

describe.skipIf(softHsmLacks() !== null)('an HSM as a line of the keyring', () => {
  let hsm: SoftHsm
  let opened: OpenedVault
  beforeAll(async () => {
    hsm = await openSoftHsm()
    process.env['SOFTHSM2_CONF'] = hsm.env['SOFTHSM2_CONF']
    opened = await openVault(() => softHsmPins.user, { agent: { home: '/nonexistent', launch: false } })
  })
  afterAll(async () => {
    await opened.stop()
    delete process.env['SOFTHSM2_CONF']
    hsm.remove()
  })

  it('makes keys and certificates on it, and does everything with them that software keys do', async () => {
    const { id: module } = await opened.client.hardware.addModule({ file: hsm.module })
    const again = opened.client.hardware.addModule({ file: hsm.module })
    await expect(again).rejects.toMatchObject({ code: 'hardware.module-known' })
    const found = await untilHardware(opened, ({ modules }) => modules[0]?.tokens.find((it) => it.label === hsm.label))
    const token = { serial: found.serial, label: found.label }
    const { id } = await opened.client.hardware.makeOnToken({
      ...person,
      module,
      token,
      sign: 'nistp256',
      encrypt: 'nistp256',
    })
    // The keys, and one list of them: its PIN once.
    expect(opened.person.asked).toHaveLength(1)
    await checkEntry(opened, id)
    await opened.client.extend({ id, days: 900 })
    await nextSecond()
    await opened.client.rotate({ id })
    await checkEntry(opened, id)
    const keys = await untilHardware(
      opened,
      ({ modules }) => modules[0]?.tokens.find((it) => it.label === hsm.label)?.keys,
    )
    expect(keys.filter(({ entry }) => entry?.id === id)).toHaveLength(2)
    await opened.client.revoke({ id, reason: 'superseded', text: '' })
    expect((await entryOf(opened, id)).state).toBe('revoked')
  })

  it('names a wrong PIN, a library that is none or for another machine, and one that went away', async () => {
    const add = (file: string) => opened.client.hardware.addModule({ file })
    await expect(add('/etc/passwd')).rejects.toMatchObject({ code: 'hardware.module-missing' })
    const [module] = opened.vault.keyring().current().modules
    await opened.client.hardware.removeModule({ id: module?.id ?? '' })
    const [line] = opened.vault.keyring().current().entries
    const use = opened.client.addUserId({ id: line?.id ?? '', name: 'x', email: 'x@example.org' })
    await expect(use).rejects.toMatchObject({ code: 'hardware.token-missing' })
    const { id } = await add(hsm.module)
    const token = await untilHardware(opened, ({ modules }) => modules[0]?.tokens.find((it) => it.label === hsm.label))
    let wrong = 1
    opened.person.answering = () => (wrong-- > 0 ? '0000' : softHsmPins.user)
    opened.person.asked.length = 0
    await opened.client.hardware.login({ module: id, token: { serial: token.serial, label: token.label } })
    expect(opened.person.asked.map((it) => it.wrong)).toEqual([false, true])
  })
})
