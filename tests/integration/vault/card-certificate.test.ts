import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentKey, cardKeys } from '#main/vault/hardware/agent-key.ts'
import { withAgent } from '#main/vault/hardware/agent-socket.ts'
import type { AskSecret, SecretRequest } from '#main/vault/hardware/ask.ts'
import { type BuiltCertificate, buildCertificate } from '#main/vault/hardware/build-certificate.ts'
import { readCard, transmit } from '#main/vault/hardware/card-channel.ts'
import { generateOnCard } from '#main/vault/hardware/card-generate.ts'
import { pinBytes } from '#main/vault/hardware/card-kdf.ts'
import { changePin, unblockPin, verifyAdmin } from '#main/vault/hardware/card-pins.ts'
import { setTouch } from '#main/vault/hardware/card-settings.ts'
import type { ExternalKey } from '#main/vault/hardware/external-key.ts'
import type { CardAlgorithm } from '#protocol/hardware-algorithms.ts'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { checkOpening, checkSignature, signDetached } from './external-checks.ts'

const missing = cardPlaceLacks() ?? lacking('sq')[0] ?? null
const pins: Partial<Record<SecretRequest['kind'], string>> = { pin: '123456', 'admin-pin': '12345678' }
const ask: AskSecret = async ({ kind }) => Buffer.from(pins[kind] ?? '')

describe.skipIf(missing !== null)(`certificates over a card${missing ? ` (no ${missing})` : ''}`, () => {
  let place: CardPlace
  beforeAll(async () => {
    place = await openCardPlace('00000009')
  })
  afterAll(() => place.stop())

  const home = () => ({ home: place.gnupg.path })
  const keyIn = async (slot: 1 | 2 | 3, with_: { ask?: AskSecret; onTouch?: (waiting: boolean) => void } = {}) => {
    const card = await withAgent(home(), readCard)
    const key = (await cardKeys(home())).get(slot)
    const createdAt = card.keys[slot - 1]?.createdAt
    if (key === undefined || !createdAt) throw new Error(`slot ${slot} is empty`)
    return agentKey({ ...home(), ask, ...with_ }, key, createdAt)
  }
  const build = (version: 4 | 6, primary: ExternalKey, encrypting: ExternalKey): Promise<BuiltCertificate> => {
    const subkeys = [{ key: encrypting, use: 'encrypt' as const }]
    return buildCertificate({ version, name: '鍵管理者', email: 'custodian@example.org', primary, subkeys })
  }

  describe.each<CardAlgorithm>(['25519', 'nistp256', 'rsa2048'])('with %s keys', (algorithm) => {
    beforeAll(async () => {
      for (const slot of [1, 2] as const)
        await withAgent(home(), (agent) => generateOnCard(agent, ask, slot, algorithm))
    })

    it.each([4, 6] as const)('version %i: signs and opens', async (version) => {
      const { certificate, access } = await build(version, await keyIn(1), await keyIn(2))
      expect(certificate.keyPacket.version).toBe(version)
      const [signing, opening] = access
      if (signing === undefined || opening === undefined) throw new Error('no access')
      await checkSignature(certificate, signing)
      await checkOpening(certificate, opening)
    })

    it('version 4 has the fingerprints that stand on the card', async () => {
      const { certificate } = await build(4, await keyIn(1), await keyIn(2))
      const card = await withAgent(home(), readCard)
      const [primary, sub] = certificate.getKeys().map((it) => it.getFingerprint())
      expect([primary, sub]).toEqual(card.keys.slice(0, 2).map((it) => it.fingerprint))
    })
  })

  it('waits for a finger and says so; names a finger that never came', async () => {
    await withAgent(home(), (agent) => setTouch(agent, ask, 1, 'on'))
    const told: boolean[] = []
    const key = await keyIn(1, { onTouch: (waiting) => told.push(waiting) })
    const signed = key.sign?.(8, new Uint8Array(32).fill(7))
    await expect.poll(() => told.length > 0 && place.card.touch.press()).toBe(true)
    await signed
    expect(told).toEqual([true, false])
    place.card.touch.limitMs = 100
    await expect(key.sign?.(8, new Uint8Array(32))).rejects.toMatchObject({ code: 'hardware.touch-missed' })
    place.card.touch.limitMs = 15_000
  })

  const gone = () =>
    expect.poll(() => withAgent(home(), readCard).catch((failure) => failure.code)).toBe('hardware.no-card')

  it('names a card that is pulled while it waits', async () => {
    const key = await keyIn(1)
    const signed = key.sign?.(8, new Uint8Array(32))
    const failed = expect(signed).rejects.toMatchObject({ code: 'hardware.unplugged' })
    await expect.poll(() => place.card.touch.waiting).toBe(true)
    await place.reader.remove()
    await failed
    // Put back before pcscd has looked, it would never have been away, yet have forgotten what it was in the middle of.
    await gone()
    await place.reader.insert(place.card)
    await place.seen()
    place.card.touch.press()
    await withAgent(home(), (agent) => setTouch(agent, ask, 1, 'off'))
  })

  it('counts wrong PINs down to blocked, and works again once unblocked', async () => {
    const key = await keyIn(1, { ask: async () => Buffer.from('999999') })
    const failure = () => key.sign?.(8, new Uint8Array(32)).catch(({ code, params }) => [code, params.tries])
    expect(await failure()).toEqual(['hardware.pin-wrong-left', 2])
    expect(await failure()).toEqual(['hardware.pin-wrong-left', 1])
    expect(await failure()).toEqual(['hardware.pin-blocked', undefined])
    expect(await failure()).toEqual(['hardware.pin-blocked', undefined])
    await withAgent(home(), (agent) => unblockPin(agent, ask, 'admin-pin'))
    await withAgent(home(), (agent) => changePin(agent, ask, 'pin'))
    const { access } = await build(6, await keyIn(1), await keyIn(2))
    expect(access[0] && (await signDetached(access[0])).length).toBeGreaterThan(64)
  })

  it('takes hashed PINs as the card and scdaemon agree on them', async () => {
    const salts = ['0001020304050607', '1011121314151617', '2021222324252627']
    const part = (tag: number, hex: string): string =>
      `${tag.toString(16)}${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`
    const parameters = part(0x81, '03') + part(0x82, '08') + part(0x83, '00010000')
    const salted = parameters + salts.map((salt, at) => part(0x84 + at, salt)).join('')
    const bare = Buffer.from(salted, 'hex')
    const hashed = (kind: 'pin' | 'admin-pin', pin: string) => pinBytes(bare, kind, Buffer.from(pin)).toString('hex')
    const object = Buffer.from(
      salted + part(0x87, hashed('pin', '123456')) + part(0x88, hashed('admin-pin', '12345678')),
      'hex',
    )
    await withAgent(home(), async (agent) => {
      await verifyAdmin(agent, ask)
      const head = Uint8Array.of(0, 0xda, 0, 0xf9, object.length)
      expect((await transmit(agent, Buffer.concat([head, object]))).status).toBe(0x9000)
    })
    // scdaemon keeps what it read of a card until it is gone.
    await place.reader.remove()
    await gone()
    await place.reader.insert(place.card)
    await place.seen()
    expect((await withAgent(home(), readCard)).hashedPins).toBe(true)
    await withAgent(home(), (agent) => changePin(agent, ask, 'pin'))
    // Here scdaemon does the hashing itself.
    expect((await (await keyIn(1)).sign?.(8, new Uint8Array(32)))?.s.length).toBeGreaterThan(0)
    expect(place.card.tries.pw1).toBe(3)
  })

  it('refuses another card', async () => {
    const key = await keyIn(1)
    const { VirtualCard } = await import('#tests/fakes/card/card.ts')
    await place.reader.insert(new VirtualCard('00000099'))
    const code = () => key.sign?.(8, new Uint8Array(32)).catch((failure) => [failure.code, failure.params])
    const expected = ['hardware.other-card', { wanted: '00000009', present: '00000099' }]
    await expect.poll(code).toEqual(expected)
    await place.reader.insert(place.card)
    await place.seen()
  })
})
