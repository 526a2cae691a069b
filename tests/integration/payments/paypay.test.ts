import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakePayPay, startFakePayPay } from '#backend/demo/providers/paypay.ts'
import { createPayPay } from '#backend/modules/payments/paypay/adapter.ts'
import type { PaymentRef, Provider, Snapshot } from '#backend/modules/payments/provider.ts'
import { newAct, newPayment } from './rigs.ts'

/** What only PayPay says of a payment: what looks like money and is none. */

const now = Date.parse('2026-11-20T10:30:00+09:00')
const amount = { currency: 'JPY', minor: 1_200n } as const
const call = { signal: new AbortController().signal }
let fake: FakePayPay
let paypay: Provider
beforeEach(async () => {
  fake = await startFakePayPay({ now: () => now })
  const secrets: Readonly<Record<string, string>> = { apiKey: fake.key, apiSecret: fake.secret }
  paypay = createPayPay()(
    { baseAddress: fake.server.address, values: { merchantId: fake.merchantId }, secret: (name) => secrets[name] },
    { now: () => now, mayPay: async () => 'yes', promise: async () => 'yes', deliver: async () => undefined },
  )
})
afterEach(() => fake.close())

const ordered = async (intent: 'capture' | 'authorise'): Promise<PaymentRef> => {
  const payment = newPayment()
  const order = { payment, act: newAct(), amount, title: '会員証', intent, orderedAt: now }
  const { is } = await paypay.create(order, call)
  expect(is).toBe('created')
  return { payment, reference: null, orderedAt: now, reserves: intent === 'authorise' }
}
const seen = async (ref: PaymentRef): Promise<Snapshot> => {
  const looked = await paypay.lookup(ref, call)
  if (looked.is !== 'found') throw new Error(JSON.stringify(looked))
  return looked.snapshot
}

test('a capture that waits for its buyer is no money before the buyer has agreed', async () => {
  const ref = await ordered('authorise')
  fake.pay(ref.payment)
  fake.asksBuyer = true
  const { authorisation } = await seen(ref)
  const capture = { ...ref, act: newAct(), authorisation: authorisation?.id ?? '', amount }
  expect(await paypay.capture(capture, call)).toEqual({ is: 'accepted' })
  expect(await seen(ref)).toMatchObject({ state: 'authorised', captures: [] })
  fake.confirm(ref.payment)
  expect(await seen(ref)).toMatchObject({ state: 'captured', captures: [{ amount }] })
})

test('what was cancelled before anybody paid was never money', async () => {
  const scanned = await ordered('capture')
  fake.scan(scanned.payment)
  fake.cancelElsewhere(scanned.payment)
  expect(await seen(scanned)).toMatchObject({ state: 'cancelled', captures: [], refunds: [] })

  const reserved = await ordered('authorise')
  fake.pay(reserved.payment)
  fake.cancelElsewhere(reserved.payment)
  expect(await seen(reserved)).toMatchObject({ state: 'cancelled', captures: [], refunds: [] })
})

test('a cancellation gives all of it back, also after a refund that failed', async () => {
  const ref = await ordered('capture')
  fake.pay(ref.payment)
  const { captures } = await seen(ref)
  fake.slowRefunds = true
  await paypay.refund({ ...ref, act: newAct(), capture: captures[0]?.id ?? '', amount, whole: true }, call)
  fake.settle('FAILED')
  const id = captures[0]?.id ?? ''
  expect(await paypay.cancel({ ...ref, act: newAct(), of: 'capture', id }, call)).toEqual({ is: 'accepted' })
  const { state, refunds } = await seen(ref)
  expect(state).toBe('cancelled')
  expect(refunds).toMatchObject([{ state: 'failed' }, { state: 'done', amount }])
})
