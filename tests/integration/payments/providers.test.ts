import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startFakeServer } from '#backend/demo/providers/faulty-http.ts'
import type {
  Created,
  NotDone,
  Order,
  PaymentRef,
  Provider,
  Snapshot,
  StatementLine,
} from '#backend/modules/payments/provider.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { healthOf } from '#protocol/payments-health.ts'
import { newAct, newPayment, type Rig, rigs } from './rigs.ts'

/** What every provider's adapter keeps, over a fake that speaks its protocol with its oddities. */
describe.each(rigs)('%s', (name, open) => {
  let rig: Rig
  const never = new AbortController().signal
  const call = { signal: never }
  beforeEach(async () => {
    rig = await open(7)
  })
  afterEach(() => rig.close())

  const orderFor = (payment: PaymentId, intent: Order['intent'] = 'capture'): Order => ({
    ...{ payment, act: newAct(), amount: rig.amount, title: '月額プラン', intent, orderedAt: rig.now },
  })
  const created = (answer: Created | NotDone): Created => {
    if (answer.is !== 'created') throw new Error(`${answer.is}: ${answer.code}`)
    return answer
  }
  const bought = async (intent?: Order['intent']): Promise<PaymentRef> => {
    const payment = newPayment()
    const { reference } = created(await rig.provider.create(orderFor(payment, intent), call))
    await rig.buy(payment)
    return { payment, reference, orderedAt: rig.now }
  }
  const seen = async (ref: PaymentRef, provider: Provider = rig.provider): Promise<Snapshot> => {
    const looked = await provider.lookup(ref, call)
    if (looked.is !== 'found') throw new Error(JSON.stringify(looked))
    return looked.snapshot
  }
  const paid = async (): Promise<{ readonly ref: PaymentRef; readonly capture: string }> => {
    const ref = await bought()
    const { reference, captures } = await seen(ref)
    return { ref: { ...ref, reference }, capture: captures[0]?.id ?? '' }
  }
  const refundOf = (ref: PaymentRef, capture: string, amount = rig.amount) => ({
    ...{ ...ref, act: newAct(), capture, amount, whole: amount === rig.amount },
  })

  test('created, paid and seen, by asking alone', async () => {
    const payment = newPayment()
    const order = orderFor(payment)
    expect(await rig.provider.lookup({ payment, reference: null, orderedAt: rig.now }, call)).toEqual({ is: 'absent' })
    const { reference, url } = created(await rig.provider.create(order, call))
    expect(url).toMatch(/^https:\/\//)
    const again = created(await rig.provider.create(order, call))
    if (name !== 'stars') expect(again).toMatchObject({ reference, url })
    await rig.buy(payment)
    const snapshot = await seen({ payment, reference, orderedAt: rig.now })
    expect(snapshot).toMatchObject({ payment, amount: rig.amount, state: 'captured', refunds: [], disputes: [] })
    expect(snapshot.captures).toEqual([
      { id: expect.any(String), amount: rig.amount, fee: expect.toSatisfy(isFee), at: expect.any(Number) },
    ])
    const again2 = await seen({ payment, reference: snapshot.reference, orderedAt: rig.now })
    expect(again2).toEqual(snapshot)
  })

  test('no whole answer is unknown, and the same again does it once', async () => {
    const payment = newPayment()
    const order = orderFor(payment)
    const answer = rig.broken
    rig.server.next(rig.creates, { kind: 'refused' }, { kind: 'lost' }, { kind: 'half' }, { kind: 'answer', answer })
    for (let nth = 0; nth < 4; nth++) expect(await rig.provider.create(order, call)).toMatchObject({ is: 'unknown' })
    rig.server.next(rig.creates, { kind: 'hang' })
    expect(await rig.impatient.create(order, call)).toEqual({ is: 'unknown', code: 'time-out' })
    const { reference } = created(await rig.provider.create(order, call))
    await rig.buy(payment)
    const { captures } = await seen({ payment, reference, orderedAt: rig.now })
    expect(captures).toHaveLength(1)
  })

  test('the end of its signal is thrown, at once', async () => {
    rig.server.next(rig.creates, { kind: 'hang' })
    const ending = new AbortController()
    const asked = rig.provider.create(orderFor(newPayment()), { signal: ending.signal })
    await expect.poll(() => rig.server.calls.some((one) => rig.creates.test(one))).toBe(true)
    ending.abort()
    await expect(asked).rejects.toThrow()
  })

  test('asked to wait, nothing is sent until then', async () => {
    const order = orderFor(newPayment())
    rig.server.next(rig.creates, { kind: 'answer', answer: rig.wait7 })
    expect(await rig.provider.create(order, call)).toMatchObject({ is: 'busy', retryAfterMs: 7_000 })
    const asked = () => rig.server.calls.filter((one) => rig.creates.test(one)).length
    const before = asked()
    rig.now += 6_000
    expect(await rig.provider.create(order, call)).toMatchObject({ is: 'busy', retryAfterMs: 1_000 })
    expect(asked()).toBe(before)
    rig.now += 1_000
    created(await rig.provider.create(order, call))
  })

  test('left alone after failures in a row; no connection means that nothing happened', async () => {
    const ref = await bought()
    rig.server.next(rig.looks, ...Array.from({ length: 20 }, () => ({ kind: 'answer', answer: rig.broken }) as const))
    const answers: unknown[] = []
    for (let nth = 0; nth < 10; nth++) answers.push(await rig.provider.lookup(ref, call))
    expect(answers[0]).toMatchObject({ is: 'unknown' })
    expect(answers.at(-1)).toEqual({ is: 'busy', code: 'left-alone-open', retryAfterMs: null })
    const nowhere = rig.other({ baseAddress: await nobodyThere() })
    expect(await nowhere.create(orderFor(newPayment()), call)).toMatchObject({ is: 'busy', code: 'no-connection' })
    const unsafe = rig.other({ baseAddress: 'http://192.0.2.1' })
    expect(await unsafe.create(orderFor(newPayment()), call)).toEqual({ is: 'refused', code: 'address-unsafe' })
  })

  test('refunded in full, once however often it is asked', async () => {
    const { ref, capture } = await paid()
    const refund = refundOf(ref, capture)
    rig.server.next(rig.refunds, { kind: 'lost' })
    expect(await rig.provider.refund(refund, call)).toMatchObject({ is: 'unknown' })
    expect(await rig.provider.refund(refund, call)).toEqual({ is: 'accepted' })
    const { refunds, state } = await seen(ref)
    expect(state).toBe('captured')
    expect(refunds).toMatchObject([{ amount: rig.amount, state: 'done' }])
    if (name !== 'stars') expect(refunds[0]?.act).toBe(refund.act)
    if (name !== 'stars') {
      expect(await rig.provider.refund(refundOf(ref, capture), call)).toMatchObject({ is: 'refused' })
    }
    expect((await seen(ref)).refunds).toEqual(refunds)
  })

  test('refunded in part, or why not', async () => {
    const { ref, capture } = await paid()
    const first = refundOf(ref, capture, rig.part)
    if (name === 'stars') {
      expect(await rig.provider.refund(first, call)).toEqual({ is: 'refused', code: 'full-refund-only' })
      return
    }
    expect(await rig.provider.refund(first, call)).toEqual({ is: 'accepted' })
    expect(await rig.provider.refund(refundOf(ref, capture, rig.part), call)).toEqual({ is: 'accepted' })
    expect(await rig.provider.refund(refundOf(ref, capture, rig.part), call)).toMatchObject({ is: 'refused' })
    const { refunds, captures } = await seen(ref)
    expect(refunds.map(({ amount, state }) => ({ amount, state }))).toEqual([
      { amount: rig.part, state: 'done' },
      { amount: rig.part, state: 'done' },
    ])
    expect(captures).toMatchObject([{ amount: rig.amount }])
  })

  test.runIf(name !== 'stars')('a refund that takes its time is pending, then done', async () => {
    const { ref, capture } = await paid()
    rig.slowRefunds(true)
    expect(await rig.provider.refund(refundOf(ref, capture, rig.part), call)).toEqual({ is: 'accepted' })
    expect((await seen(ref)).refunds).toMatchObject([{ state: 'pending' }])
    rig.slowRefunds(false)
    expect((await seen(ref)).refunds).toMatchObject([{ state: 'done' }])
  })

  test('reserved, then taken or given up, or why not', async () => {
    const nothing = { payment: newPayment(), reference: null, orderedAt: rig.now, act: newAct() }
    if (name === 'stars') {
      const capture = { ...nothing, authorisation: 'x', amount: rig.amount }
      expect(await rig.provider.capture(capture, call)).toEqual({ is: 'refused', code: 'no-authorisation' })
      expect(await rig.provider.cancel({ ...nothing, of: 'link', id: null }, call)).toMatchObject({ is: 'refused' })
      return
    }
    const one = await bought('authorise')
    const { authorisation, captures, reference } = await seen(one)
    expect([authorisation?.amount, captures]).toEqual([rig.amount, []])
    const capture = { ...one, reference, act: newAct(), authorisation: authorisation?.id ?? '', amount: rig.amount }
    rig.server.next(/capture$/, { kind: 'lost' })
    expect(await rig.provider.capture(capture, call)).toMatchObject({ is: 'unknown' })
    expect(await rig.provider.capture(capture, call)).toEqual({ is: 'accepted' })
    const taken = await seen({ ...one, reference })
    expect(taken).toMatchObject({ state: 'captured', captures: [{ amount: rig.amount }] })
    const back = refundOf({ ...one, reference: taken.reference }, taken.captures[0]?.id ?? '')
    expect(await rig.provider.refund(back, call)).toEqual({ is: 'accepted' })

    const other = await bought('authorise')
    const held = await seen(other)
    const cancel = { ...other, reference: held.reference, act: newAct(), id: held.authorisation?.id ?? null }
    expect(await rig.provider.cancel({ ...cancel, of: 'authorisation' }, call)).toEqual({ is: 'accepted' })
    expect(await seen({ ...other, reference: held.reference })).toMatchObject({ state: 'cancelled', captures: [] })
  })

  test('what must not be paid any more is not taken, nor another amount', async () => {
    const payment = newPayment()
    const { reference } = created(await rig.provider.create(orderFor(payment), call))
    if (name === 'paypay') {
      // It asks nobody: its link is taken back, and what was paid all the same is seen.
      const cancel = { payment, reference, orderedAt: rig.now, act: newAct(), of: 'link', id: null } as const
      expect(await rig.provider.cancel(cancel, call)).toEqual({ is: 'accepted' })
      expect(await rig.provider.cancel(cancel, call)).toEqual({ is: 'accepted' })
      await rig.buy(payment)
      expect(await seen({ payment, reference, orderedAt: rig.now })).toMatchObject({ state: 'cancelled', captures: [] })
      return
    }
    rig.mayPay = 'not-open'
    await rig.buy(payment)
    const looked = await rig.provider.lookup({ payment, reference, orderedAt: rig.now }, call)
    const nothing = { is: 'found', snapshot: expect.objectContaining({ state: 'open', captures: [] }) }
    expect(looked).toEqual(name === 'stars' ? { is: 'absent' } : nothing)
  })

  test('a provider that lies is believed in what it says, not in what we ordered', async () => {
    const ref = await bought()
    if (name !== 'stars') await seen(ref)
    rig.lie(ref.payment)
    const { amount } = await seen(ref)
    expect(amount.minor === rig.amount.minor).toBe(name === 'stars')
  })

  test('webhooks in any number and order lead to the same look', async () => {
    const ref = await bought()
    const before = await seen(ref)
    const sent = rig.webhooks()
    const many = [...sent, ...sent.toReversed(), ...Array.from({ length: 8 }, () => sent).flat()]
    const reads = await Promise.all(many.map((message) => rig.provider.read(message, call)))
    const abouts = reads.filter((one) => one.is === 'about')
    expect(abouts.length).toBeGreaterThanOrEqual(10)
    for (const { payment, reference } of abouts)
      expect(payment === ref.payment || reference === before.reference).toBe(true)
    expect(reads.every(({ is }) => is === 'about' || is === 'irrelevant')).toBe(true)
    expect(new Set(sent.map((one) => rig.provider.messageId(one))).size).toBe(sent.length)
    for (const one of sent) expect(rig.provider.messageId(one)).toMatch(/^[\x21-\x7e]{1,128}$/)
    expect(await seen(ref)).toEqual(before)
    const { payment } = await seen(await bought())
    expect(payment).not.toBe(ref.payment)
  })

  test('what is not theirs is refused, with the check that failed', async () => {
    await bought()
    await expect.poll(() => rig.webhooks().length).toBeGreaterThan(0)
    for (const [code, message] of Object.entries(await rig.forged())) {
      expect({ code, read: await rig.provider.read(message, call) }).toEqual({
        code,
        read: { is: 'forged', code: code.trim() },
      })
    }
  })

  test('up with good keys, down with others', async () => {
    expect(await rig.provider.health(call)).toMatchObject({ is: 'up', account: expect.any(String) })
    expect(await rig.other({ secret: () => 'wrong' }).health(call)).toMatchObject({ is: 'down' })
    expect(await rig.other({ secret: () => undefined }).health(call)).toEqual({ is: 'down', code: 'not-configured' })
  })

  test('whose keys are refused does nothing, is asked once each time, and says so', async () => {
    const ref = await bought()
    const wrong = rig.other({ secret: () => 'wrong' })
    const asked = () => rig.server.calls.filter((one) => !one.endsWith('/getUpdates')).length
    const before = asked()
    rig.now += 1_000
    expect(await wrong.lookup(ref, call)).toMatchObject({ is: 'refused' })
    expect(await wrong.create(orderFor(newPayment()), call)).toMatchObject({ is: 'refused' })
    expect(asked() - before, 'nothing is repeated').toBe(2)
    const told = { ...rig.figures(), provider: 'paypal', settings: 'app', address: '', paused: false } as const
    expect(told).toMatchObject({ failure: 'http-401', breaker: 'closed' })
    // The clock of this test is nobody else's.
    const rest = { webhooks: false, problem: '', questions: 0, oldestQuestionAt: null, skewMs: null }
    expect(healthOf({ ...told, ...rest }, rig.now)).toBe('refused')
    // A good key is taken at once: nothing was left alone meanwhile.
    expect(await rig.provider.lookup(ref, call)).toMatchObject({ is: 'found' })
  })

  test("a day's own account has the ids that a look shows", async () => {
    const { ref, capture } = await paid()
    await rig.provider.refund(refundOf(ref, capture), call)
    const { refunds } = await seen(ref)
    expect(await rig.provider.statement('2026-11-20', call)).toEqual({ is: 'not-yet' })
    await rig.closeDay()
    const statement = await rig.provider.statement('2026-11-20', call)
    if (statement.is !== 'statement') throw new Error(JSON.stringify(statement))
    const lines: StatementLine[] = []
    for await (const line of statement.lines) lines.push(line)
    expect(lines).toMatchObject([
      { kind: 'capture', id: capture, payment: ref.payment, amount: rig.amount },
      { kind: 'refund', id: refunds[0]?.id, amount: rig.amount },
    ])
  })

  test.each([1, 2, 3])('a bad line, by seed %i: one payment, one refund', async (seed) => {
    const ours = await open(seed)
    try {
      const answer = ours.broken
      const faults = [{ kind: 'refused' }, { kind: 'lost' }, { kind: 'half' }, { kind: 'answer', answer }] as const
      ours.server.often(0.3, faults)
      // The breaker's rest is for the clock on the wall: a new adapter has none behind it.
      const until = async <T extends { readonly is: string }>(
        work: (provider: Provider) => Promise<T>,
        is: string,
      ): Promise<T> => {
        for (let nth = 0; nth < 60; nth++) {
          const got = await work(nth % 4 === 3 ? ours.other({}) : ours.provider)
          if (got.is === is) return got
        }
        throw new Error('never')
      }
      const payment = newPayment()
      const order = { ...orderFor(payment), amount: ours.amount, orderedAt: ours.now }
      const link = created(await until((provider) => provider.create(order, call), 'created'))
      ours.server.clear()
      await ours.buy(payment)
      ours.server.often(0.3, faults)
      const ref = { payment, reference: link.reference, orderedAt: ours.now }
      const look = async (of: PaymentRef): Promise<Snapshot> => {
        const got = await until((provider) => provider.lookup(of, call), 'found')
        if (got.is !== 'found') throw new Error('not found')
        return got.snapshot
      }
      const { captures, reference } = await look(ref)
      expect(captures).toHaveLength(1)
      const refund = { ...refundOf({ ...ref, reference }, captures[0]?.id ?? ''), amount: ours.amount, whole: true }
      await until((provider) => provider.refund(refund, call), 'accepted')
      expect((await look({ ...ref, reference })).refunds).toMatchObject([{ amount: ours.amount, state: 'done' }])
    } finally {
      await ours.close()
    }
  })
})

/** An address that was free a moment ago. */
const nobodyThere = async (): Promise<string> => {
  const server = await startFakeServer(1, () => ({ status: 200 }))
  await server.close()
  return server.address
}

const isFee = (fee: unknown): boolean => fee === null || (typeof fee === 'object' && fee !== null && 'minor' in fee)
