import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakePayPal, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import type { Provider, RawMessage } from '#backend/modules/payments/provider.ts'
import { newAct, newPayment } from './rigs.ts'

/** What PayPal's answers are to us where they are not PayPal's own, and what strangers can make us ask. */

const began = Date.parse('2026-11-21T10:30:00+09:00')
let now = began
const amount = { currency: 'USD', minor: 1_234n } as const
const call = { signal: new AbortController().signal }
let fake: FakePayPal
let paypal: Provider
beforeEach(async () => {
  now = began
  fake = await startFakePayPal({ now: () => now })
  const values = { clientId: fake.clientId, webhookId: fake.webhookId }
  paypal = createPayPal({ roots: [fake.authority.root] })(
    { baseAddress: fake.server.address, values, secret: () => fake.clientSecret },
    { now: () => now, mayPay: async () => 'yes', promise: async () => 'yes', deliver: async () => undefined },
  )
})
afterEach(() => fake.close())

const paid = async () => {
  const payment = newPayment()
  const order = { payment, act: newAct(), amount, title: 'T-shirt', intent: 'capture', orderedAt: now } as const
  const created = await paypal.create(order, call)
  fake.approve(payment)
  const reference = created.is === 'created' ? created.reference : null
  const looked = await paypal.lookup({ payment, reference, orderedAt: now }, call)
  const capture = looked.is === 'found' ? (looked.snapshot.captures[0]?.id ?? '') : ''
  return { payment, reference, orderedAt: now, act: newAct(), capture, amount, whole: true }
}
const page = (status: number) => ({ status, body: Buffer.from('<html>gateway</html>') })

test('a no that is not in PayPal’s own words is none: it may have refunded', async () => {
  const refund = await paid()
  for (const status of [302, 403, 404, 408, 409, 422]) {
    fake.server.next(/refund$/, { kind: 'answer', answer: page(status) })
    expect(await paypal.refund(refund, call)).toEqual({ is: 'unknown', code: `http-${status}` })
  }
  expect(await paypal.refund(refund, call)).toEqual({ is: 'accepted' })
  expect(await paypal.refund({ ...refund, act: newAct() }, call)).toMatchObject({ is: 'refused' })
})

test('without a token nothing was sent, so nothing may have happened', async () => {
  const refund = await paid()
  fake.endTokens()
  fake.server.next(/oauth2/, { kind: 'lost' }, { kind: 'half' }, { kind: 'answer', answer: page(503) })
  for (let nth = 0; nth < 3; nth++) expect(await paypal.refund(refund, call)).toMatchObject({ is: 'busy' })
  const first = new AbortController()
  fake.server.next(/oauth2/, { kind: 'hang' })
  const gaveUp = paypal.refund(refund, { signal: first.signal })
  const before = fake.server.calls.length
  await expect.poll(() => fake.server.calls.length).toBeGreaterThan(before)
  const other = paypal.refund(refund, call)
  first.abort()
  await expect(gaveUp).rejects.toThrow()
  expect(await other).toEqual({ is: 'busy', code: 'token-unavailable', retryAfterMs: null })
  expect(await paypal.refund(refund, call)).toEqual({ is: 'accepted' })
})

test('a webhook whose certificate PayPal does not have is refused, and keeps nobody from refunding', async () => {
  const refund = await paid()
  const { headers, body } = fake.sign(Buffer.from('{"id":"WH-1"}'))
  const forged: RawMessage = {
    ...{ receivedAt: now, body: new Uint8Array(body) },
    headers: { ...headers, 'paypal-cert-url': `${fake.server.address}/v1/notifications/certs/CERT-made-up` },
  }
  fake.server.next(/made-up/, { kind: 'answer', answer: page(404) })
  expect(await paypal.read(forged, call)).toEqual({ is: 'forged', code: 'certificate-address' })
  // Many of them, until PayPal asks to be left alone: that is about certificates.
  fake.server.next(/made-up/, { kind: 'answer', answer: { ...page(429), headers: { 'retry-after': '60' } } })
  expect(await paypal.read(forged, call)).toMatchObject({ is: 'later' })
  expect(await paypal.refund(refund, call)).toEqual({ is: 'accepted' })
})

test('a day’s account is whole and readable, or none', async () => {
  const line = (more: object) => ({
    transaction_info: {
      ...{ transaction_id: 'CAP-1', transaction_event_code: 'T0006', transaction_status: 'S' },
      ...{ transaction_initiation_date: '2026-11-20T01:00:00+0000' },
      transaction_amount: { currency_code: 'USD', value: '12.34' },
      ...more,
    },
  })
  const answer = (lines: readonly object[], pages = 1) =>
    fake.server.next(/reporting/, {
      ...{ kind: 'answer' },
      answer: { status: 200, body: { transaction_details: lines, total_pages: pages } },
    })
  const day = () => paypal.statement('2026-11-20', call)
  answer([line({ transaction_initiation_date: 'yesterday' })])
  expect(await day()).toEqual({ is: 'unknown', code: 'answer-unreadable' })
  answer([line({})], 51)
  expect(await day()).toEqual({ is: 'refused', code: 'statement-too-large' })
  // What was given back since came in all the same.
  answer([line({ transaction_status: 'V' }), line({ transaction_id: 'CAP-2', transaction_status: 'P' })])
  const statement = await day()
  const ids: string[] = []
  if (statement.is === 'statement') for await (const { id } of statement.lines) ids.push(id)
  expect(ids).toEqual(['CAP-1'])
})

test('a page of disputes leads nowhere but to PayPal, and pages that never end are not read on for ever', async () => {
  const items = [{ dispute_id: 'PP-D-1', status: 'OPEN', links: [{ rel: 'self', href: 'x', method: 'GET' }] }]
  const links = [{ rel: 'next', href: 'https://attacker.example/elsewhere?next_page_token=abc&page_size=50' }]
  const answer = { kind: 'answer', answer: { status: 200, body: { items, links } } } as const
  fake.server.next(/GET \/v1\/customer\/disputes$/, ...Array.from({ length: 50 }, () => answer))
  const asked = { after: now - 1_000, before: now, whole: true }
  const changes = await paypal.changes?.look(asked, call)
  if (changes?.is !== 'changes') throw new Error(JSON.stringify(changes))
  expect(changes.more).toBe(true)
  const lists = fake.server.calls.filter((one) => one.endsWith('/v1/customer/disputes'))
  expect(lists).toHaveLength(50)
  // The same line is the same message.
  expect(new Set(changes.messages.map((message) => paypal.messageId(message))).size).toBe(1)
  expect(paypal.messageId(changes.messages[0] as RawMessage)).toMatch(/^dispute:PP-D-1\/[\w-]{22}$/)
})

test('a dispute that is listed and is not there (yet) waits for an hour, and is none then', async () => {
  const body = new TextEncoder().encode('{"dispute_id":"PP-D-9","status":"OPEN"}')
  const listed = (receivedAt: number): RawMessage => ({ receivedAt, body, headers: { 'libral-own-poll': '1' } })
  expect(await paypal.read(listed(now - 3_600_000), call)).toEqual({ is: 'later', code: 'RESOURCE_NOT_FOUND' })
  expect(await paypal.read(listed(now - 3_600_001), call)).toEqual({ is: 'irrelevant', code: 'not-confirmed' })
})

test('what a message tells of a dispute is looked at by itself, and counts for its own capture alone', async () => {
  const { payment, reference, orderedAt } = await paid()
  const other = await paid()
  const [own, theirs] = [fake.dispute(payment), fake.dispute(other.payment)]
  fake.lagMs = Number.POSITIVE_INFINITY
  const disputes = async (dispute: string | undefined) => {
    const looked = await paypal.lookup({ payment, reference, orderedAt, dispute }, call)
    return looked.is === 'found' ? looked.snapshot.disputes.map(({ id }) => id) : looked
  }
  expect(await disputes(undefined)).toEqual([])
  expect(await disputes(own)).toEqual([own])
  expect(await disputes(theirs)).toEqual([])
  expect(await disputes('PP-D-none')).toEqual([])
})

test('the connection test names the right that the app lacks, and a right that was given is used with a token of its own', async () => {
  const no = { kind: 'answer', answer: { status: 403, body: { name: 'NOT_AUTHORIZED' } } } as const
  fake.server.next(/customer\/disputes/, no)
  expect(await paypal.health(call)).toEqual({ is: 'down', code: 'disputes-not-allowed' })
  fake.server.next(/reporting\/transactions/, no)
  expect(await paypal.health(call)).toEqual({ is: 'down', code: 'search-not-allowed' })
  const tokens = (): number => fake.server.calls.filter((asked) => asked.includes('/oauth2/token')).length
  expect(tokens(), 'a young one stays').toBe(1)
  now += 11 * 60_000
  fake.server.next(/customer\/disputes/, no)
  await paypal.health(call)
  expect(await paypal.health(call)).toMatchObject({ is: 'up' })
  expect(tokens()).toBe(2)
})
