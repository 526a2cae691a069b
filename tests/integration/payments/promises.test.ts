import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeTelegram, startFakeTelegram } from '#backend/demo/providers/telegram.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { asDesktop, newWorld, settle, until, type World } from '../approvals/world.ts'

/** Of two buyers of one link one pays, also where the backend ends between the yes and the payment. */

let fake: FakeTelegram
let world: World
let kernel: Kernel
beforeEach(async () => {
  fake = await startFakeTelegram()
  const stars = { baseAddress: fake.server.address, values: {}, secret: () => fake.token }
  world = await newWorld(null, () => [createSealed(), createPayments({ everyMs: 100, fixed: { stars } })])
  kernel = await world.open()
  await settle(kernel)
})
afterEach(async () => {
  await world?.remove()
  await fake?.close()
})

const rowOf = async (payment: PaymentId): Promise<PaymentRow | undefined> =>
  ((await kernel.history(payments.name, null, 1_000)).rows as PaymentRow[]).find((row) => row.payment === payment)
const becomes = (payment: PaymentId, as: (row: PaymentRow) => boolean): Promise<PaymentRow> =>
  until(async () => {
    const found = await rowOf(payment)
    return found && as(found) && found
  })
const ordered = async (): Promise<PaymentId> => {
  const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '一日券', note: '' }
  const amount = { currency: 'XTR', minor: '50' }
  const { id } = await asDesktop(kernel, 'tanaka', createPayment, { provider: 'stars', amount, ...terms })
  const payment = id as unknown as PaymentId
  await becomes(payment, ({ link }) => link !== null)
  return payment
}
const answers = (): number => fake.server.calls.filter((call) => call.endsWith('/answerPreCheckoutQuery')).length
const paidOnce = async (payment: PaymentId): Promise<void> =>
  expect(await becomes(payment, ({ state }) => state === 'captured')).toMatchObject({
    ...{ captures: [{ minor: '50' }], sums: { captured: '50' }, cases: 0 },
  })

/** The first buyer's charge takes as long as the test wants. */
const holdFirst = (): PromiseWithResolvers<void> => {
  const charging = Promise.withResolvers<void>()
  const waits = [charging.promise]
  fake.beforeCharge = async () => waits.shift()
  return charging
}

test('two who press at once', async () => {
  const payment = await ordered()
  const both = await Promise.all([fake.pay(payment, 1), fake.pay(payment, 2)])
  expect(both.toSorted()).toEqual(['paid', 'refused'])
  expect(fake.lastRefusal).toContain('お待ちください')
  await paidOnce(payment)
})

test('the backend ends after the yes, and another buyer presses when it is back', async () => {
  const payment = await ordered()
  const charging = holdFirst()
  const first = fake.pay(payment, 1)
  await until(async () => answers() === 1)
  await world.close(kernel)
  kernel = await world.open()
  expect(await fake.pay(payment, 2)).toBe('refused')
  expect(fake.lastRefusal).toContain('お待ちください')
  charging.resolve()
  expect(await first).toBe('paid')
  await paidOnce(payment)
})

test('the payment came while the backend was away for longer, and another buyer presses before it is known', async () => {
  const payment = await ordered()
  const charging = holdFirst()
  const first = fake.pay(payment, 1)
  await until(async () => answers() === 1)
  await world.close(kernel)
  charging.resolve()
  expect(await first).toBe('paid')
  // Both updates wait, in the same batch.
  const second = fake.pay(payment, 2)
  await until(async () => fake.pending() >= 2)
  world.clock.ahead += 60_000
  kernel = await world.open()
  expect(await second).toBe('refused')
  expect(fake.lastRefusal).toContain('お支払い済み')
  await paidOnce(payment)
})
