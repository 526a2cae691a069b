import { afterEach, expect, test } from 'vitest'
import { type FakePayPal, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import { events } from '#protocol/events.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import {
  type AccountRow,
  accounts,
  type CaseRow,
  cases,
  type PaymentRow,
  payments,
  questions,
  type TransferRow,
  transfers,
} from '#protocol/payments-records.ts'
import { asDesktop, entriesOf, newWorld, settle, until, type World } from '../approvals/world.ts'

/** What happens at PayPal is noticed without a single webhook: by its lists, looked through from time to time. */

const minute = 60_000
const day = 86_400_000
let world: World
let fake: FakePayPal
let kernel: Kernel
let told: number

const open = async (skewMs = 0): Promise<void> => {
  const clock = { ahead: 0 }
  fake = await startFakePayPal({ now: () => Date.now() + (world?.clock ?? clock).ahead })
  fake.skewMs = skewMs
  told = 0
  const paypal = {
    ...{ baseAddress: fake.server.address, values: { clientId: fake.clientId, webhookId: fake.webhookId } },
    secret: (name: string) => (name === 'clientSecret' ? fake.clientSecret : undefined),
  }
  const adapters = { paypal: createPayPal({ roots: [fake.authority.root] }) }
  world = await newWorld(null, () => [
    createSealed(),
    createPayments({ everyMs: 50, looksEveryMs: 50, fixed: { paypal }, adapters }),
  ])
  kernel = await world.open()
  await settle(kernel)
}
const close = async (): Promise<void> => {
  await world?.remove()
  await fake?.close()
}
afterEach(close)

const rows = async <Row>(collection: string): Promise<readonly Row[]> =>
  (await kernel.history(collection, null, 1_000)).rows as readonly Row[]
const becomes = (payment: PaymentId, as: (row: PaymentRow) => boolean): Promise<PaymentRow> =>
  until(async () => {
    const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
    return found && as(found) && found
  })
/** Paid, and nothing is open about it: nobody asks PayPal for it any more. */
const paid = async (): Promise<PaymentId> => {
  const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: 'T-shirt', note: '' }
  const amount = { currency: 'USD', minor: '2500' }
  const { id } = await asDesktop(kernel, 'tanaka', createPayment, { provider: 'paypal', amount, ...terms })
  const payment = id as unknown as PaymentId
  await becomes(payment, ({ state }) => state === 'pending')
  fake.approve(payment)
  world.clock.ahead += minute
  await becomes(payment, ({ state }) => state === 'captured')
  expect(await rows(questions.name)).toEqual([])
  return payment
}
/** Everything that PayPal has sent since, each twice, the newest first. */
const deliver = async (): Promise<void> => {
  const sent = fake.webhooks.slice(told).toReversed()
  told = fake.webhooks.length
  for (const { headers, body } of [...sent, ...sent]) {
    const id = `hook-${headers['paypal-transmission-id']}`
    await kernel.inbox.receive({ id, source: 'payments.paypal', body: new Uint8Array(body), headers })
  }
}
const messages = async (state: 'waiting' | 'accepted' | 'refused' | null = null) =>
  kernel.inbox.look({ sources: ['payments.paypal'], state, reasoned: null, about: null, before: null, limit: 1_000 })
/** PayPal's list was looked through once more, whatever it showed, and all that came is judged. */
const looked = async (): Promise<void> => {
  const before = fake.listed.length
  await until(async () => fake.listed.length >= before + 2)
  await until(async () => (await messages('waiting')).length === 0)
}

/** What came of it, but ids and times. */
const outcome = async (payment: PaymentId) => {
  const row = await becomes(payment, () => true)
  const moved = (await rows<TransferRow>(transfers.name)).map(({ kind, debit, credit, minor }) => ({
    ...{ kind, debit, credit, minor },
  }))
  const books = (await rows<AccountRow>(accounts.name)).map(({ key, debits, credits }) => ({ key, debits, credits }))
  const found = (await rows<CaseRow>(cases.name)).map(({ kind, theirs, ours }) => `${kind} ${theirs} ${ours}`)
  // Days are closed as it happens to be their time.
  const notices = (await rows<{ code: string }>(events.name)).filter(({ code }) => /^payments\.(?!day-)/.test(code))
  return {
    ...{ moved, found, sums: row.sums, state: row.state, cases: row.cases },
    books: books.toSorted((one, other) => (one.key < other.key ? -1 : 1)),
    disputes: row.disputes.map(({ state, minor }) => ({ state, minor })),
    notices: notices.map(({ code }) => code).toSorted(),
  }
}

const never = Number.POSITIVE_INFINITY
/** How what PayPal has to tell comes to us. */
const ways: Readonly<Record<string, () => Promise<void>>> = {
  webhook: async () => {
    fake.lagMs = never
    await deliver()
  },
  poll: looked,
  'webhook, then poll': async () => {
    fake.lagMs = never
    await deliver()
    await until(async () => (await messages('waiting')).length === 0)
    fake.lagMs = 0
    await looked()
  },
  'poll, then webhook': async () => {
    await looked()
    await deliver()
    await until(async () => (await messages('waiting')).length === 0)
  },
  both: async () => {
    await Promise.all([looked(), deliver()])
    await until(async () => (await messages('waiting')).length === 0)
  },
}

const story = async (tell: () => Promise<void>) => {
  await open()
  const payment = await paid()
  told = fake.webhooks.length
  // Settled long ago: PayPal takes complaints for 180 days.
  world.clock.ahead += 150 * day
  const dispute = fake.dispute(payment)
  await tell()
  await becomes(payment, ({ state }) => state === 'disputed')
  world.clock.ahead += day
  fake.resolve(dispute, 'RESOLVED_SELLER_FAVOUR')
  await tell()
  await becomes(payment, ({ disputes: [one] }) => one?.state === 'won')
  world.clock.ahead += day
  fake.appeal(dispute)
  await tell()
  world.clock.ahead += day
  fake.resolve(dispute, 'RESOLVED_BUYER_FAVOUR')
  await tell()
  await becomes(payment, (row) => row.cases === 2)
  return outcome(payment)
}

test('opened, won, appealed and lost: the same ledger, cases and notices, whichever way it is told', async () => {
  const outcomes = new Map<string, Awaited<ReturnType<typeof story>>>()
  for (const [way, tell] of Object.entries(ways)) {
    outcomes.set(way, await story(tell))
    await close()
  }
  const { webhook, ...others } = Object.fromEntries(outcomes)
  expect(webhook).toMatchObject({
    ...{ state: 'captured', cases: 2, disputes: [{ state: 'won', minor: '2500' }] },
    found: expect.arrayContaining(['dispute 25.00 USD ', 'contradiction lost won']),
    notices: expect.arrayContaining(['payments.case-dispute', 'payments.now-disputed']),
  })
  for (const [way, other] of Object.entries(others)) expect({ way, ...other }).toEqual({ way, ...webhook })
})

test('what changed while the backend was away is found when it is back, and it goes on where it was', async () => {
  await open()
  const payment = await paid()
  await looked()
  const kept = await until(async () => {
    const all = (await entriesOf(kernel)).flatMap((entry) => entry.events)
    return all.find(({ type }) => type === 'payments.changesLooked@1')
  })
  await world.close(kernel)
  fake.dispute(payment)
  world.clock.ahead += 20 * day
  const before = fake.listed.length
  kernel = await world.open()
  await becomes(payment, ({ state }) => state === 'disputed')
  const { until: from } = kept.data as { until: number }
  expect(fake.listed[before]?.get('update_time_after')).toBe(new Date(from).toISOString())
  await looked()
  const all = (await entriesOf(kernel)).flatMap((entry) => entry.events)
  expect(all.filter(({ type }) => type === 'payments.changesLooked@1').length).toBeLessThanOrEqual(3)
  expect((await messages()).filter(({ headers }) => headers['libral-own-poll']).length).toBe(1)
})

test('among hundreds of others, all of one minute, on pages that overlap and shift; those are none of ours', async () => {
  await open()
  const payment = await paid()
  await looked()
  fake.overlapping = true
  for (let nth = 0; nth < 70; nth++) fake.disputeElsewhere()
  fake.dispute(payment)
  for (let nth = 0; nth < 70; nth++) fake.disputeElsewhere()
  world.clock.ahead += 5 * minute
  await becomes(payment, ({ state }) => state === 'disputed')
  await until(async () => (await messages('accepted')).length === 141)
  const polled = await messages()
  expect(polled.filter(({ finding }) => JSON.stringify(finding).includes(payment))).toHaveLength(1)
  expect(polled.filter(({ reason }) => reason === 'not-ours')).toHaveLength(140)
  expect(await rows(cases.name)).toHaveLength(1)
})

test.each([-9, 9])('with a clock %i hours off, and a dispute that does not repeat our mark', async (hours) => {
  await open(hours * 3_600_000)
  const payment = await paid()
  await looked()
  fake.unmarked = true
  fake.lagMs = 3 * 3_600_000
  fake.dispute(payment)
  world.clock.ahead += 2 * 3_600_000
  await looked()
  expect(await rows(cases.name)).toEqual([])
  world.clock.ahead += 2 * 3_600_000
  await becomes(payment, ({ state }) => state === 'disputed')
})

test('busy, broken, half an answer, a page that is none: asked later, and counted once', async () => {
  await open()
  const payment = await paid()
  await looked()
  fake.dispute(payment)
  const list = /GET \/v1\/customer\/disputes$/
  const answer = (status: number, body: unknown, headers = {}) =>
    ({ kind: 'answer', answer: { status, body, headers } }) as const
  fake.server.next(
    list,
    answer(429, { name: 'RATE_LIMIT_REACHED' }, { 'retry-after': '30' }),
    answer(500, { name: 'INTERNAL_SERVICE_ERROR' }),
    answer(200, { items: [{ status: 'OPEN' }] }),
    answer(200, { items: [], links: [{ rel: 'next', href: 'http://[' }] }),
    answer(200, Buffer.from('<html>gateway</html>')),
    answer(403, { name: 'NOT_AUTHORIZED' }),
    { kind: 'half' },
    { kind: 'lost' },
  )
  for (const asks = () => fake.server.calls.filter((call) => list.test(call)).length; ; ) {
    const before = asks()
    await until(async () => {
      world.clock.ahead += 31_000
      return asks() > before
    })
    const [row] = await rows<PaymentRow>(payments.name)
    if (row?.state === 'disputed') break
  }
  await looked()
  expect(await outcome(payment)).toMatchObject({ found: ['dispute 25.00 USD '], cases: 1 })
})

test.each([false, true])('a refund on its own pages is booked hours later; without our mark: %s', async (unmarked) => {
  await open()
  const payment = await paid()
  fake.unmarked = unmarked
  fake.reportLagMs = 3 * 3_600_000
  const searched = () => fake.server.calls.filter((call) => call.endsWith('/reporting/transactions')).length
  fake.refundElsewhere(payment, '5.00')
  world.clock.ahead += 2 * 3_600_000
  const before = searched()
  await until(async () => searched() >= before + 3)
  expect((await messages()).filter(({ headers }) => headers['libral-own-poll'])).toEqual([])
  world.clock.ahead += 2 * 3_600_000
  await becomes(payment, ({ state }) => state === 'partly-refunded')
  const found = await until(async () => {
    const polled = (await messages('accepted')).filter(({ headers }) => headers['libral-own-poll'])
    return polled.length > 0 && polled
  })
  expect(found).toMatchObject([{ finding: { kind: 'transaction T1107', payment } }])
  expect(await outcome(payment)).toMatchObject({
    ...{ sums: { refunded: '500', captured: '2500' }, found: ['refunded-elsewhere 5.00 USD '] },
  })
})
