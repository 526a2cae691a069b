import { describe, expect, it } from 'vitest'
import { configureProvider, providerFields, sealedKeys, settings } from '#protocol/payments-settings.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { createPayments } from './index.ts'

const box = (letter: string) => ({ box: letter.repeat(100), last4: letter.repeat(4) })
const { sandbox, live } = providerFields.paypay
const whole = {
  ...({ provider: 'paypay', baseAddress: sandbox ?? '', paused: false, seen: 0 } as const),
  values: { merchantId: '1' },
  secrets: { apiKey: box('k'), apiSecret: box('s') },
  forget: [] as string[],
}
const configure = (world: World, change: Partial<typeof whole> & { baseAddress?: string } = {}): string => {
  const seen = world.row(settings, 'paypay')?.changedAt ?? 0
  world.now += 1
  return refusalOf(() => world.submit(configureProvider, { ...whole, seen, ...change }))
}

describe('settings of a provider', () => {
  it('keep what was not entered anew, and of keys show their end alone', () => {
    const world = createWorld([createPayments()])
    expect(configure(world)).toBe('none')
    expect(configure(world, { secrets: { apiKey: box('n') } as never, values: { merchantId: '2' } })).toBe('none')
    const row = world.row(settings, 'paypay')
    expect(row?.values).toEqual({ merchantId: '2' })
    expect(row?.secrets.map(({ name, last4 }) => `${name} ${last4}`)).toEqual(['apiKey nnnn', 'apiSecret ssss'])
    expect(JSON.stringify(row)).not.toContain('nnnnn')
    expect(world.row(sealedKeys, 'paypay')?.boxes).toEqual({ apiKey: box('n').box, apiSecret: box('s').box })
    expect(configure(world, { secrets: {} as never, forget: ['apiKey'] })).toBe('none')
    expect(Object.keys(world.row(sealedKeys, 'paypay')?.boxes ?? {})).toEqual(['apiSecret'])
  })

  it('never take keys along to another address', () => {
    const world = createWorld([createPayments()])
    configure(world)
    expect(configure(world, { baseAddress: live, secrets: {} as never })).toBe('payments.keys-needed')
    expect(configure(world, { baseAddress: live, secrets: { apiKey: box('n') } as never })).toBe('payments.keys-needed')
    expect(configure(world, { baseAddress: live })).toBe('none')
  })

  it('of two people who change them at once, are changed by one', () => {
    const world = createWorld([createPayments()])
    configure(world)
    expect(configure(world, { seen: 0 })).toBe('payments.settings-changed')
  })

  it('are refused where they make no sense or send keys in the open', () => {
    const world = createWorld([createPayments()])
    expect(configure(world, { values: { clientId: '1' } as never })).toBe('payments.field-unknown')
    expect(configure(world, { secrets: { botToken: box('b') } as never })).toBe('payments.field-unknown')
    expect(configure(world, { baseAddress: 'http://pay.example' })).toBe('payments.address-unsafe')
    expect(configure(world, { values: { returnAddress: 'http://shop.example' } as never })).toBe(
      'payments.address-unsafe',
    )
    expect(configure(world, { baseAddress: 'http://127.0.0.1:9000' })).toBe('none')
  })
})
