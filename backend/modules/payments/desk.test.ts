import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { openActs, refundable } from '#protocol/payments-actions.ts'
import { cancelPayment, capturePayment, createPayment, recordCase, refundPayment } from '#protocol/payments-commands.ts'
import { accounts, cases, type PaymentRow, payments, questions, transfers } from '#protocol/payments-records.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { type Fault, scriptedProvider } from '#tests/fakes/payment-provider.ts'
import { createDesk } from './desk.ts'
import { createPayments } from './index.ts'

const signal = new AbortController().signal
const jpy = (minor: bigint) => ({ currency: 'JPY' as const, minor: minor.toString() })

const open = (name: 'paypay' | 'paypal' = 'paypay') => {
  const world = createWorld([createPayments()])
  const provider = scriptedProvider(name, () => world.now)
  const context = world.context('payments')
  const desk = createDesk({ context, provider: () => provider, payerKey: new Uint8Array(32) })
  return { world, provider, desk, tries: new Map<string, number>() }
}
type Opened = ReturnType<typeof open>

const order = (world: World, intent: 'capture' | 'authorise' = 'capture', minor = 1_000n): PaymentId => {
  const before = new Set(world.rows(payments).map(({ payment }) => payment))
  world.submit(createPayment, {
    ...{ provider: 'paypay', amount: jpy(minor), merchant: 'main', taxRate: 10, intent, title: '会員証', note: '' },
  })
  const made = world.rows(payments).find(({ payment }) => !before.has(payment))
  if (!made) throw new Error('no payment')
  return made.payment
}
const rowOf = ({ world }: Pick<Opened, 'world'>, payment: PaymentId): PaymentRow => {
  const row = world.row(payments, payment)
  if (!row) throw new Error('no row')
  return row
}

/** What the outbox does: every act that is asked, again if it failed. */
const deliver = async ({ world, desk, tries }: Opened): Promise<void> => {
  for (const { payment, acts } of world.rows(payments)) {
    for (const { act, state } of acts) {
      if (state !== 'asked') continue
      const attempt = (tries.get(act) ?? 0) + 1
      tries.set(act, attempt)
      await desk.carryOut(payment, act, { attempt, signal }).catch(() => undefined)
    }
  }
}
const askAll = async ({ world, desk }: Opened): Promise<void> => {
  for (const question of world.rows(questions)) await desk.ask(question, signal).catch(() => undefined)
}
const webhook = ({ world, provider, desk }: Opened, payment: string) =>
  desk.judge(provider, { id: 'x', source: 's', receivedAt: world.now, body: Buffer.from(payment), headers: {} }, signal)
/** Nothing is lost any more: what is on its way arrives, and the janitor asks. */
const settle = async (opened: Opened): Promise<void> => {
  opened.provider.fault = () => 'none'
  opened.world.broken = undefined
  for (let round = 0; round < 4; round++) {
    await deliver(opened)
    await askAll(opened)
  }
}
const refund = ({ world }: Pick<Opened, 'world'>, row: PaymentRow, minor: bigint, left = refundable(row)): string =>
  refusalOf(() =>
    world.submit(refundPayment, {
      ...{ payment: row.payment, capture: row.captures[0]?.id ?? 'none', amount: jpy(minor), left: left.toString() },
      reason: '返品',
    }),
  )

interface Ordered extends Opened {
  readonly payment: PaymentId
}
/** One payment whose buyer has its link. */
const ordered = async (intent?: 'capture' | 'authorise'): Promise<Ordered> => {
  const opened = open()
  const payment = order(opened.world, intent)
  await deliver(opened)
  return { ...opened, payment }
}
/** And has paid it, which nobody here knows yet. */
const paying = async (intent?: 'capture' | 'authorise'): Promise<Ordered> => {
  const opened = await ordered(intent)
  opened.provider.pay(opened.payment)
  return opened
}
const paid = async (): Promise<Ordered> => {
  const opened = await paying()
  await webhook(opened, opened.payment)
  return opened
}

const assertBooks = ({ world }: Opened): void => {
  const totals = new Map<string, bigint>()
  for (const { debit, credit, currency, minor } of world.rows(transfers)) {
    for (const [account, sign] of [
      [debit, 1n],
      [credit, -1n],
    ] as const) {
      const key = `${account}/${currency}`
      totals.set(key, (totals.get(key) ?? 0n) + sign * BigInt(minor))
    }
  }
  expect([...totals.values()].reduce((all, one) => all + one, 0n)).toBe(0n)
  for (const { key, debits, credits } of world.rows(accounts)) {
    expect(BigInt(debits) - BigInt(credits), key).toBe(totals.get(key) ?? 0n)
  }
}

describe('a payment', () => {
  it('is made, paid and refunded, and nothing stays open', async () => {
    const opened = open()
    const payment = order(opened.world)
    expect(rowOf(opened, payment).state).toBe('created')
    await deliver(opened)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'pending', link: { url: `https://pay.example/${payment}` } })
    opened.provider.pay(payment)
    expect(await webhook(opened, payment)).toMatchObject({ state: 'accepted', reason: '', about: payment })
    expect(rowOf(opened, payment)).toMatchObject({ state: 'captured', sums: { captured: '1000', fees: '50' } })
    expect(opened.world.rows(questions)).toEqual([])
    expect(refund(opened, rowOf(opened, payment), 400n)).toBe('none')
    await settle(opened)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'partly-refunded', sums: { refunded: '400' }, cases: 0 })
    expect(openActs(rowOf(opened, payment))).toEqual([])
    assertBooks(opened)
  })

  it('is reserved and captured in part', async () => {
    const opened = await paying('authorise')
    const { payment } = opened
    await askAll(opened)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'authorised', sums: { held: '1000' } })
    opened.world.submit(capturePayment, { payment, amount: jpy(600n) })
    expect(refusalOf(() => opened.world.submit(capturePayment, { payment, amount: jpy(400n) }))).toBe(
      'payments.not-possible',
    )
    await settle(opened)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'captured', sums: { held: '0', captured: '600' } })
    assertBooks(opened)
  })

  it('of two operators who refund at once, refunds for one', async () => {
    const opened = await paid()
    const { payment } = opened
    const seenByBoth = rowOf(opened, payment)
    expect(refund(opened, seenByBoth, 400n)).toBe('none')
    expect(refund(opened, seenByBoth, 400n)).toBe('payments.changed')
    expect(refund(opened, rowOf(opened, payment), 700n)).toBe('payments.too-much')
    await settle(opened)
    expect(opened.provider.truth(payment)?.refunds).toHaveLength(1)
    expect(rowOf(opened, payment).sums.refunded).toBe('400')
  })

  it('tells what an act did at once, and asks later where the provider gives no answer', async () => {
    for (const look of ['none', 'busy', 'lost-answer'] as const) {
      const opened = await paid()
      const { payment } = opened
      refund(opened, rowOf(opened, payment), 400n)
      const faults: Fault[] = ['none', look]
      opened.provider.fault = () => faults.shift() ?? 'none'
      await deliver(opened)
      expect(rowOf(opened, payment).state, look).toBe(look === 'none' ? 'partly-refunded' : 'captured')
      expect(rowOf(opened, payment).acts.at(-1)?.state, look).toBe(look === 'none' ? 'done' : 'accepted')
      await settle(opened)
      expect(rowOf(opened, payment), look).toMatchObject({ state: 'partly-refunded', sums: { refunded: '400' } })
      expect(opened.provider.truth(payment)?.refunds, look).toHaveLength(1)
    }
  })

  it('a time-out is no failure: it is asked until it is known, and done once', async () => {
    for (const fault of ['lost-answer', 'lost-request'] as const) {
      const opened = await paid()
      const { payment } = opened
      refund(opened, rowOf(opened, payment), 1_000n)
      opened.provider.fault = () => fault
      await deliver(opened)
      expect(rowOf(opened, payment)).toMatchObject({ state: 'unknown' })
      expect(opened.world.rows(questions)).toMatchObject([{ reason: 'unknown' }])
      await askAll(opened)
      expect(rowOf(opened, payment).state).toBe('unknown')
      await settle(opened)
      expect(rowOf(opened, payment)).toMatchObject({ state: 'refunded', sums: { refunded: '1000' } })
      expect(opened.provider.truth(payment)?.refunds).toHaveLength(1)
    }
  })

  it('is told as unknown for long only while it still is', async () => {
    for (const known of [false, true]) {
      const opened = await paid()
      const { payment } = opened
      refund(opened, rowOf(opened, payment), 400n)
      opened.provider.fault = () => 'lost-answer'
      await deliver(opened)
      opened.world.now += 25 * 3_600_000
      // The look that comes so late gets its answer, or none again.
      if (known) opened.provider.fault = () => 'none'
      await askAll(opened)
      expect(rowOf(opened, payment).state).toBe(known ? 'partly-refunded' : 'unknown')
      expect(opened.world.rows(cases)).toMatchObject(known ? [] : [{ kind: 'unknown-for-long', payment }])
    }
  })

  it('a no to a second try says nothing of the first', async () => {
    for (const killed of [false, true]) {
      const opened = await paid()
      const { payment } = opened
      refund(opened, rowOf(opened, payment), 400n)
      // It refunds. Either its answer is lost, or we are before we have recorded it.
      opened.provider.fault = () => (killed ? 'none' : 'lost-answer')
      if (killed) opened.world.broken = new LibralError('storage.unreadable')
      await deliver(opened)
      opened.world.broken = undefined
      // Then our key is no longer good.
      opened.provider.fault = () => 'refused'
      await deliver(opened)
      await askAll(opened)
      expect(rowOf(opened, payment)).toMatchObject({ state: 'unknown' })
      expect(refundable(rowOf(opened, payment))).toBe(600n)
      await settle(opened)
      expect(rowOf(opened, payment)).toMatchObject({ state: 'partly-refunded', sums: { refunded: '400' }, cases: 0 })
      expect(opened.provider.truth(payment)?.refunds).toHaveLength(1)
    }
  })

  it('a no to the first try is one', async () => {
    const opened = await paid()
    const { payment } = opened
    refund(opened, rowOf(opened, payment), 400n)
    opened.provider.fault = () => 'refused'
    await deliver(opened)
    expect(rowOf(opened, payment).acts.at(-1)).toMatchObject({ state: 'refused', code: 'UNAUTHORIZED' })
    expect(refundable(rowOf(opened, payment))).toBe(1_000n)
  })

  it('that nobody pays is over some time after its link, and still counts when it is paid then', async () => {
    const opened = await ordered()
    const { payment } = opened
    await askAll(opened)
    expect(rowOf(opened, payment).state).toBe('pending')
    opened.world.now += 31 * 86_400_000
    await askAll(opened)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'cancelled', ended: 'expired' })
    expect(opened.world.rows(questions)).toEqual([])
    opened.provider.pay(payment)
    await webhook(opened, payment)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'captured', cases: 1 })
  })

  it('of a provider that lies moves no money, and makes a case, once', async () => {
    const opened = await paying()
    const { payment } = opened
    opened.provider.lie = (snapshot) => ({ ...snapshot, amount: { currency: 'JPY', minor: 9_000n } })
    await webhook(opened, payment)
    await webhook(opened, payment)
    expect(opened.world.rows(transfers)).toEqual([])
    expect(opened.world.rows(cases)).toMatchObject([{ kind: 'amount-differs', theirs: '9,000 JPY', ours: '1,000 JPY' }])
    opened.provider.lie = (snapshot) => snapshot
    await webhook(opened, payment)
    expect(rowOf(opened, payment)).toMatchObject({ state: 'captured', cases: 1 })
  })

  it('counts nothing that a webhook says and the provider does not', async () => {
    const opened = await ordered()
    const { payment } = opened
    await webhook(opened, payment)
    expect(rowOf(opened, payment).state).toBe('pending')
    expect(await webhook(opened, 'forged')).toMatchObject({ state: 'refused', reason: 'signature' })
    opened.provider.proof = 'signature'
    expect(await webhook(opened, 'never-heard-of')).toMatchObject({ state: 'refused', reason: 'not-confirmed' })
    opened.provider.fault = () => 'busy'
    await expect(webhook(opened, payment)).rejects.toThrow('outgoing.unavailable')
  })

  it('counts a capture that belongs to another payment for neither', async () => {
    const opened = open()
    const [one, other] = [order(opened.world), order(opened.world)]
    await deliver(opened)
    opened.provider.pay(one)
    opened.provider.pay(other)
    await webhook(opened, one)
    const taken = rowOf(opened, one).captures[0]?.id ?? ''
    opened.provider.lie = (snapshot) => ({
      ...snapshot,
      captures: snapshot.captures.map((of) => ({ ...of, id: taken })),
    })
    await webhook(opened, other)
    expect(rowOf(opened, other)).toMatchObject({ state: 'pending', cases: 1 })
    expect(opened.world.rows(cases)).toMatchObject([{ kind: 'reference-taken', about: taken }])
  })
})

describe('a provider that says what can not be', () => {
  it('and answers with another payment moves no money, and makes a case', async () => {
    const opened = await paying()
    const other = order(opened.world)
    opened.provider.lie = (snapshot) => ({ ...snapshot, payment: other })
    await webhook(opened, opened.payment)
    await webhook(opened, opened.payment)
    expect(opened.world.rows(transfers)).toEqual([])
    expect(opened.world.rows(cases)).toMatchObject([
      { kind: 'contradiction', payment: opened.payment, about: 'payment', theirs: other, ours: opened.payment },
    ])
  })

  it('and that we have no place for makes a case instead of silence', async () => {
    const opened = await paying()
    opened.provider.lie = (snapshot) => ({
      ...snapshot,
      captures: Array.from({ length: 21 }, (_, n) => ({
        ...{ id: `c${n}`, amount: { currency: 'JPY' as const, minor: 1n }, fee: null, at: n },
      })),
    })
    await webhook(opened, opened.payment)
    await webhook(opened, opened.payment)
    expect(opened.world.rows(transfers)).toEqual([])
    expect(opened.world.rows(cases)).toMatchObject([
      { kind: 'contradiction', payment: opened.payment, about: 'answer', theirs: 'captures', ours: '' },
    ])
  })

  it('of a payment that is not here, tells its amount as people write it', async () => {
    const opened = open('paypal')
    const { world, provider } = opened
    const theirs = '01900000-0000-7000-8000-00000000ffff' as PaymentId
    const dollars = { currency: 'USD', minor: 123_456n } as const
    const made = { payment: theirs, act: theirs as never, amount: dollars, title: 'x', intent: 'capture' } as const
    await provider.create({ ...made, orderedAt: world.now }, { signal })
    provider.proof = 'signature'
    expect(await webhook(opened, theirs)).toMatchObject({ state: 'accepted' })
    expect(world.rows(cases)).toMatchObject([{ kind: 'stray', theirs: 'open 1,234.56 USD' }])
  })

  it('of two that are not here, makes two cases, also where their ids begin alike', () => {
    const world = createWorld([createPayments()])
    const none = { kind: 'stray', provider: 'paypal', payment: null, theirs: '', ours: '' } as const
    for (const end of ['A', 'B']) world.submit(recordCase, { ...none, about: `${'x'.repeat(150)}${end}` })
    expect(world.rows(cases)).toHaveLength(2)
  })

  it('costs no question where nobody signed it and the payment is not here', async () => {
    const opened = await paying()
    const asked = opened.provider.asked.lookups
    expect(await webhook(opened, 'never-heard-of')).toMatchObject({ state: 'refused', reason: 'payments.unknown' })
    expect(opened.provider.asked.lookups).toBe(asked)
  })
})

describe('whatever is lost, repeated or killed', () => {
  const stepArb = fc.oneof(
    fc.record({ do: fc.constantFrom('deliver', 'ask', 'pay', 'elsewhere', 'cancel') }),
    fc.record({ do: fc.constant('refund'), share: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ do: fc.constant('webhook'), times: fc.constantFrom(1, 2, 10) }),
    /** The backend is killed after the provider acted and before it is recorded: the submission never arrives. */
    fc.record({ do: fc.constant('killed'), during: fc.constantFrom('deliver', 'ask', 'webhook') }),
  )
  const faultArb = fc.constantFrom<Fault>('none', 'none', 'none', 'lost-answer', 'lost-request', 'busy', 'refused')

  it('ends with the books that the provider has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepArb, { maxLength: 20 }),
        fc.array(faultArb, { minLength: 1, maxLength: 20 }),
        // Most of what can go wrong is with money that has come in.
        fc.boolean(),
        async (steps, faults, isPaid) => {
          const opened = open()
          const { world, provider } = opened
          const payment = order(world)
          if (isPaid) {
            await deliver(opened)
            provider.pay(payment)
            await webhook(opened, payment)
          }
          let calls = 0
          provider.fault = () => faults[calls++ % faults.length] ?? 'none'
          const act = async (what: string): Promise<void> => {
            if (what === 'deliver') await deliver(opened)
            if (what === 'ask') await askAll(opened)
            if (what === 'webhook') await webhook(opened, payment).catch(() => undefined)
          }
          let elsewhere = 0n
          for (const step of steps) {
            world.now += 1_000
            if ('times' in step) for (let nth = 0; nth < step.times; nth++) await act('webhook')
            else if ('during' in step) {
              world.broken = new LibralError('storage.unreadable')
              await act(step.during)
              world.broken = undefined
            } else if ('share' in step) {
              const row = rowOf(opened, payment)
              const minor = (refundable(row) * BigInt(step.share)) / 100n
              if (minor > 0n) refund(opened, row, minor)
            } else if (step.do === 'pay') provider.pay(payment)
            else if (
              step.do === 'elsewhere' &&
              elsewhere === 0n &&
              (provider.truth(payment)?.captures.length ?? 0) > 0 &&
              provider.truth(payment)?.refunds.length === 0
            ) {
              elsewhere = 10n
              provider.refundElsewhere(payment, elsewhere)
            } else if (step.do === 'cancel') {
              refusalOf(() =>
                world.submit(cancelPayment, { payment, what: 'link', amount: jpy(1_000n), reason: '誤り' }),
              )
            } else await act(step.do)
          }
          await settle(opened)
          await webhook(opened, payment).catch(() => undefined)
          const row = rowOf(opened, payment)
          const truth = provider.truth(payment)
          const total = (items: readonly { readonly amount: { readonly minor: bigint } }[] = []): string =>
            items.reduce((all, { amount }) => all + amount.minor, 0n).toString()
          expect(row.sums.captured).toBe(total(truth?.captures))
          expect(row.sums.refunded).toBe(total(truth?.refunds))
          expect(openActs(row)).toEqual([])
          for (const times of truth?.done.values() ?? []) expect(times).toBe(1)
          // What is told as refused was never done: its amount may be asked for again.
          for (const { act, state } of row.acts)
            if (state === 'refused') expect(truth?.done.has(act) ?? false).toBe(false)
          assertBooks(opened)
        },
      ),
      { numRuns: 150 },
    )
  })
})
