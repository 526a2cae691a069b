import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakePayPal, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { refundable } from '#protocol/payments-actions.ts'
import { createPayment, refundPayment } from '#protocol/payments-commands.ts'
import {
  type AccountRow,
  accounts,
  type CaseRow,
  cases,
  type PaymentRow,
  payments,
} from '#protocol/payments-records.ts'
import { asDesktop, newWorld, settle, until, type World } from '../approvals/world.ts'

/** What only PayPal does, over the real kernel and a PayPal that signs: disputes, and tokens that end early. */

let fake: FakePayPal
let world: World
let kernel: Kernel
let told: number
beforeEach(async () => {
  fake = await startFakePayPal()
  told = 0
  const values = { clientId: fake.clientId, webhookId: fake.webhookId }
  const paypal = {
    ...{ baseAddress: fake.server.address, values },
    secret: (name: string) => (name === 'clientSecret' ? fake.clientSecret : undefined),
  }
  world = await newWorld(null, () => [
    createSealed(),
    createPayments({
      everyMs: 100,
      fixed: { paypal },
      adapters: { paypal: createPayPal({ roots: [fake.authority.root] }) },
    }),
  ])
  kernel = await world.open()
  await settle(kernel)
})
afterEach(async () => {
  await world?.remove()
  await fake?.close()
})

const rows = async <Row>(collection: string): Promise<readonly Row[]> =>
  (await kernel.history(collection, null, 1_000)).rows as readonly Row[]
const becomes = (payment: PaymentId, as: (row: PaymentRow) => boolean): Promise<PaymentRow> =>
  until(async () => {
    const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
    return found && as(found) && found
  })
/** Everything that PayPal has sent since, as the way in keeps it; each twice, the newest first. */
const deliver = async (): Promise<void> => {
  const sent = fake.webhooks.slice(told).toReversed()
  told = fake.webhooks.length
  for (const { headers, body } of [...sent, ...sent]) {
    const id = `hook-${headers['paypal-transmission-id']}`
    await kernel.inbox.receive({ id, source: 'payments.paypal', body: new Uint8Array(body), headers })
  }
}
const paid = async (): Promise<PaymentRow> => {
  const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: 'T-shirt', note: '' }
  const amount = { currency: 'USD', minor: '2500' }
  const { id } = await asDesktop(kernel, 'tanaka', createPayment, { provider: 'paypal', amount, ...terms })
  const payment = id as unknown as PaymentId
  await becomes(payment, ({ state }) => state === 'pending')
  fake.approve(payment)
  await deliver()
  return becomes(payment, ({ state }) => state === 'captured')
}
const openCases = async (): Promise<readonly string[]> =>
  (await rows<CaseRow>(cases.name)).map(({ kind, theirs, ours }) => `${kind} ${theirs} ${ours}`.trim())
/** Debits less credits, USD. */
const balance = async (account: string): Promise<string> => {
  const row = (await rows<AccountRow>(accounts.name)).find(({ key }) => key === `${account}/USD`)
  return String(BigInt(row?.debits ?? 0) - BigInt(row?.credits ?? 0))
}
const assertBalanced = async (): Promise<void> => {
  const all = await rows<AccountRow>(accounts.name)
  expect(all.reduce((sum, { debits, credits }) => sum + BigInt(debits) - BigInt(credits), 0n)).toBe(0n)
}

test('a dispute is held back, decided, and decided otherwise on appeal: a case, and no money moves', async () => {
  const { payment } = await paid()
  const fees = BigInt((await becomes(payment, () => true)).sums.fees)
  const dispute = fake.dispute(payment)
  await deliver()
  expect(await becomes(payment, ({ state }) => state === 'disputed')).toMatchObject({
    ...{ sums: { disputed: '2500', captured: '2500' }, cases: 1 },
    disputes: [{ id: dispute, minor: '2500', state: 'open' }],
  })
  expect(await openCases()).toEqual(['dispute 25.00 USD'])
  expect([await balance('disputes:paypal'), await balance('clearing:paypal')]).toEqual(['2500', String(-fees)])

  fake.resolve(dispute, 'RESOLVED_SELLER_FAVOUR')
  await deliver()
  const won = await becomes(payment, ({ state }) => state === 'captured')
  expect(won).toMatchObject({ sums: { disputed: '0', lost: '0' }, disputes: [{ state: 'won' }] })
  expect([await balance('disputes:paypal'), await balance('clearing:paypal')]).toEqual(['0', String(2_500n - fees)])

  fake.resolve(dispute, 'RESOLVED_BUYER_FAVOUR')
  await deliver()
  const appealed = await becomes(payment, (row) => row.cases === 2)
  expect(appealed).toMatchObject({ state: 'captured', sums: won.sums, disputes: [{ state: 'won' }] })
  expect(await openCases()).toContain('contradiction lost won')
  await assertBalanced()
})

test('a dispute that is lost takes the money', async () => {
  const { payment } = await paid()
  const dispute = fake.dispute(payment)
  fake.resolve(dispute, 'RESOLVED_BUYER_FAVOUR')
  await deliver()
  const lost = await becomes(payment, ({ disputes: [one] }) => one?.state === 'lost')
  expect(lost).toMatchObject({ state: 'refunded', sums: { disputed: '0', lost: '2500' } })
  expect(await balance('losses')).toBe('2500')
  await assertBalanced()
})

const asked = (what: RegExp): number => fake.server.calls.filter((call) => what.test(call)).length
const refundOf = (row: PaymentRow) => ({
  ...{ payment: row.payment, capture: row.captures[0]?.id ?? '', amount: { currency: 'USD', minor: '1000' } },
  ...{ left: refundable(row).toString(), reason: '返品' },
})

test('a token that ends early is renewed once, and a refund under way is made once', async () => {
  const row = await paid()
  const tokens = asked(/oauth2\/token/)
  fake.endTokens()
  await asDesktop(kernel, 'tanaka', refundPayment, refundOf(row))
  const refunded = await becomes(row.payment, ({ state }) => state === 'partly-refunded')
  expect(refunded).toMatchObject({ sums: { refunded: '1000' }, cases: 0 })
  expect([asked(/oauth2\/token/) - tokens, asked(/\/refund$/)]).toEqual([1, 2])
  await assertBalanced()
})

test('a token that is refused again and again ends in a refusal, and a webhook meanwhile waits for a good key', async () => {
  const row = await paid()
  const ended = { status: 401, body: { error: 'invalid_token' } }
  fake.server.next(/\/refund$/, { kind: 'answer', answer: ended }, { kind: 'answer', answer: ended })
  await asDesktop(kernel, 'tanaka', refundPayment, refundOf(row))
  const refused = await becomes(row.payment, ({ acts }) => acts.some(({ state }) => state === 'refused'))
  expect(refused.acts.at(-1)).toMatchObject({ kind: 'refund', state: 'refused', code: 'credentials' })
  expect([asked(/\/refund$/), refused.sums.refunded]).toEqual([2, '0'])

  // Somebody changed the secret at PayPal: what it tells meanwhile is not lost.
  const ours = fake.clientSecret
  Object.assign(fake, { clientSecret: 'another' })
  fake.endTokens()
  fake.dispute(row.payment)
  const tried = asked(/oauth2\/token/)
  await deliver()
  await until(async () => asked(/oauth2\/token/) > tried)
  Object.assign(fake, { clientSecret: ours })
  world.clock.ahead += 5 * 60_000
  expect(await becomes(row.payment, ({ state }) => state === 'disputed')).toMatchObject({ sums: { disputed: '2500' } })
  await assertBalanced()
})
