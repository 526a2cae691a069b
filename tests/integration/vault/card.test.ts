import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withAgent } from '#main/vault/hardware/agent-socket.ts'
import type { AskSecret, SecretRequest } from '#main/vault/hardware/ask.ts'
import type { Assuan } from '#main/vault/hardware/assuan.ts'
import { readCard } from '#main/vault/hardware/card-channel.ts'
import { generateOnCard } from '#main/vault/hardware/card-generate.ts'
import { changePin, setResetCode, unblockPin } from '#main/vault/hardware/card-pins.ts'
import { resetCard, setTouch } from '#main/vault/hardware/card-settings.ts'
import type { CardAlgorithm } from '#protocol/hardware-algorithms.ts'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'

const missing = cardPlaceLacks()

/** Answers in this order, and remembers what was asked. */
const answering = (...secrets: readonly (string | null)[]): { ask: AskSecret; asked: SecretRequest[] } => {
  const rest = [...secrets]
  const asked: SecretRequest[] = []
  const ask: AskSecret = async (request) => {
    asked.push(request)
    const next = rest.shift()
    if (next === undefined) throw new Error(`nobody answers ${request.kind}`)
    return next === null ? null : Buffer.from(next)
  }
  return { ask, asked }
}

describe.skipIf(missing !== null)(`an OpenPGP card through gpg-agent${missing ? ` (no ${missing})` : ''}`, () => {
  let place: CardPlace
  beforeAll(async () => {
    place = await openCardPlace('00000007')
  })
  afterAll(() => place.stop())

  const use = <T>(work: (agent: Assuan) => Promise<T>): Promise<T> => withAgent({ home: place.gnupg.path }, work)
  const status = () => use(readCard)

  it('tells its status without a PIN', async () => {
    const card = await status()
    expect(card).toMatchObject({ number: '00000007', version: '3.4', tries: { pin: 3, resetCode: 0, adminPin: 3 } })
    expect(card.keys.map(({ algorithm, present, touch }) => [algorithm, present, touch])).toEqual([
      ['ed25519', false, 'off'],
      ['cv25519', false, 'off'],
      ['ed25519', false, 'off'],
    ])
  })

  it('changes both PINs, counting a wrong one and refusing a short one', async () => {
    await use((agent) => changePin(agent, answering('123456', '654321').ask, 'pin'))
    const wrong = answering('123456', '222222')
    await expect(use((agent) => changePin(agent, wrong.ask, 'pin'))).rejects.toMatchObject({
      code: 'hardware.pin-wrong-left',
      params: { tries: 2 },
    })
    expect(wrong.asked[0]).toEqual({ kind: 'pin', name: '00000007', tries: 3 })
    const short = use((agent) => changePin(agent, answering('654321', '12345').ask, 'pin'))
    await expect(short).rejects.toMatchObject({ code: 'hardware.pin-length' })
    await use((agent) => changePin(agent, answering('654321', '123456').ask, 'pin'))
    await use((agent) => changePin(agent, answering('12345678', '87654321').ask, 'admin-pin'))
    await use((agent) => changePin(agent, answering('87654321', '12345678').ask, 'admin-pin'))
    expect((await status()).tries).toEqual({ pin: 3, resetCode: 0, adminPin: 3 })
  })

  it('says that nobody answered', async () => {
    const declined = use((agent) => changePin(agent, answering(null).ask, 'pin'))
    await expect(declined).rejects.toMatchObject({ code: 'hardware.cancelled' })
  })

  it('blocks the PIN at the third wrong one, before it asks for more; the resetting code and the admin lift it', async () => {
    await use((agent) => setResetCode(agent, answering('12345678', 'reset-code').ask))
    const block = async (): Promise<unknown[]> => {
      const codes: unknown[] = []
      for (let left = 4; left > 0; left -= 1)
        await use((agent) => changePin(agent, answering('wrong-one', '222222').ask, 'pin')).catch(({ code }) =>
          codes.push(code),
        )
      return codes
    }
    const left = 'hardware.pin-wrong-left'
    const blocked = 'hardware.pin-blocked'
    expect(await block()).toEqual([left, left, blocked, blocked])
    await use((agent) => unblockPin(agent, answering('reset-code', '123456').ask, 'reset-code'))
    expect((await status()).tries).toEqual({ pin: 3, resetCode: 3, adminPin: 3 })
    await block()
    await use((agent) => unblockPin(agent, answering('12345678', '123456').ask, 'admin-pin'))
    expect((await status()).tries.pin).toBe(3)
  })

  it.each<CardAlgorithm>(['25519', 'nistp256', 'rsa2048'])('makes %s keys on the card', async (algorithm) => {
    const created: Date[] = []
    for (const slot of [1, 2, 3] as const)
      created.push(await use((agent) => generateOnCard(agent, answering('12345678', '12345678').ask, slot, algorithm)))
    const card = await status()
    for (const key of card.keys) {
      expect(key.present).toBe(true)
      expect(key.fingerprint).toMatch(/^[0-9a-f]{40}$/)
      expect(key.createdAt).toEqual(created[key.slot - 1])
    }
    const names = { '25519': ['ed25519', 'cv25519', 'ed25519'], nistp256: Array(3).fill('nistp256') }
    expect(card.keys.map((it) => it.algorithm)).toEqual(
      algorithm === 'rsa2048' ? Array(3).fill('rsa2048') : names[algorithm as keyof typeof names],
    )
  })

  it('sets the touch policy; a fixed one stays', async () => {
    const set = (touch: 'on' | 'off' | 'fixed') => use((agent) => setTouch(agent, answering('12345678').ask, 2, touch))
    await set('on')
    expect((await status()).keys[1]?.touch).toBe('on')
    await set('fixed')
    await expect(set('off')).rejects.toMatchObject({ code: 'hardware.touch-fixed' })
  })

  it('says that no card is there, and finds it again', async () => {
    await place.reader.remove()
    await expect.poll(() => status().catch(({ code }) => code)).toBe('hardware.no-card')
    await place.reader.insert(place.card)
    await place.seen()
    expect((await status()).number).toBe('00000007')
  })

  it('comes back from a factory reset as new, though both PINs were blocked', async () => {
    await use(resetCard)
    await place.seen()
    const card = await status()
    expect(card.tries).toEqual({ pin: 3, resetCode: 0, adminPin: 3 })
    expect(card.keys.some((it) => it.present)).toBe(false)
  })
})
