import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { type ClosingRow, closeDay, closings, movements } from '#protocol/payments-closings.ts'
import { changeCase, createPayment } from '#protocol/payments-commands.ts'
import { dayText } from '#protocol/payments-day.ts'
import { cases, payments, transfers } from '#protocol/payments-records.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { type ScriptedProvider, scriptedProvider, statementOf } from '#tests/fakes/payment-provider.ts'
import { endOfDay } from './business-day.ts'
import { createCloser } from './closer.ts'
import { createDesk } from './desk.ts'
import { createPayments } from './index.ts'
import type { StatementLine } from './provider.ts'

const signal = new AbortController().signal
const day = 20251113
const noon = endOfDay(day) - 12 * 3_600_000
const hour = 3_600_000

const open = () => {
  const world = createWorld([createPayments()], noon)
  const provider = scriptedProvider('paypay', () => world.now)
  return { world, provider, ...working(world, provider) }
}
type Opened = ReturnType<typeof open>
/** A process of the backend. @param left how many more commands it gets committed before it is killed */
const working = (world: World, provider: ScriptedProvider, left = Number.POSITIVE_INFINITY) => {
  let submits = 0
  const own = world.context('payments')
  const context: typeof own = {
    ...own,
    submit: async (command) => {
      if (submits++ >= left) throw new Killed()
      await own.submit(command)
    },
  }
  const desk = createDesk({ context, provider: () => provider, payerKey: new Uint8Array(32) })
  const closer = createCloser({ context, desk, provider: () => provider })
  return { desk, close: () => closer.close('paypay', day, signal), submits: () => submits }
}
class Killed extends Error {}

const bought = async ({ world, provider, desk }: Opened, minor = 1_000): Promise<PaymentId> => {
  const before = new Set(world.rows(payments).map(({ payment }) => payment))
  world.submit(createPayment, {
    ...{ provider: 'paypay', amount: { currency: 'JPY', minor: String(minor) }, merchant: 'main', taxRate: 10 },
    ...{ intent: 'capture', title: '会員証', note: '' },
  })
  const row = world.rows(payments).find(({ payment }) => !before.has(payment))
  if (!row) throw new Error('no payment')
  await desk.carryOut(row.payment, row.payment, { attempt: 1, signal })
  provider.pay(row.payment)
  await desk.look(row.payment, signal)
  return row.payment
}
const closed = ({ world }: Pick<Opened, 'world'>): ClosingRow => {
  const row = world.row(closings, `paypay/${day}`)
  if (!row) throw new Error('no closing')
  return row
}
const nextMorning = ({ world }: Opened): void => {
  world.now = endOfDay(day) + 2 * hour
}

describe('closing a day', () => {
  it('agrees when nothing is amiss, and says it once', async () => {
    const opened = open()
    await bought(opened)
    await bought(opened, 500)
    expect(closed(opened)).toMatchObject({ state: 'open', closedAt: null })
    expect(opened.world.rows(movements)).toHaveLength(2)
    nextMorning(opened)
    await opened.close()
    expect(closed(opened)).toMatchObject({
      ...{ state: 'matched', counts: { matched: 2 }, closedAt: opened.world.now },
      sums: [{ theirsIn: '1500', theirsOut: '0', oursIn: '1500', oursOut: '0' }],
    })
    const events = opened.world.events.length
    await opened.close()
    await opened.close()
    expect(opened.world.events).toHaveLength(events)
  })

  it('finds a refund that was made on the provider’s own pages, and books it', async () => {
    const opened = open()
    const payment = await bought(opened)
    opened.provider.refundElsewhere(payment, 300n)
    nextMorning(opened)
    await opened.close()
    expect(opened.world.row(payments, payment)).toMatchObject({ state: 'partly-refunded', sums: { refunded: '300' } })
    expect(closed(opened)).toMatchObject({
      ...{ state: 'differs', counts: { matched: 1, late: 1, missingHere: 0 } },
      sums: [{ theirsOut: '300', oursOut: '300' }],
    })
    const kinds = opened.world.rows(cases).map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(['booked-late', 'refunded-elsewhere'])
    expect(opened.world.row(payments, payment)?.cases).toBe(2)
  })

  it('opens a case for each difference, leaves what a person closed, and closes what a later look finds gone', async () => {
    const opened = open()
    const payment = await bought(opened)
    const other = await bought(opened, 500)
    nextMorning(opened)
    const { provider, world } = opened
    const truth = provider.account
    provider.account = async (of) => {
      const lines = await statementOf(truth(of))
      return provider.asStatement([
        { ...(lines[0] ?? never()), amount: { currency: 'JPY', minor: 1_200n } },
        { ...(lines[0] ?? never()), id: 'stranger', payment: null, reference: 'nobody' },
      ])
    }
    await opened.close()
    expect(closed(opened)).toMatchObject({ counts: { differs: 1, missingHere: 1, missingThere: 1, matched: 0 } })
    expect(closed(opened).differences.map(({ kind, about, payment: of }) => [kind, about, of])).toEqual([
      ['missing-here', 'stranger', ''],
      ['missing-there', 'capture-000002', other],
      ['statement-differs', 'capture-000001', payment],
    ])
    for (const { case: key, kind } of closed(opened).differences) {
      expect(world.row(cases, key)).toMatchObject({ kind, state: 'open', history: [{ by: 'service:payments' }] })
    }
    const before = world.rows(transfers)
    const theirs = closed(opened).differences.find(({ kind }) => kind === 'missing-here')?.case ?? ''
    world.submit(changeCase, { key: theirs, did: 'closed', note: '他店の売上' })
    await opened.close()
    expect(world.row(cases, theirs)).toMatchObject({ state: 'closed' })
    expect(world.rows(cases)).toHaveLength(3)

    provider.account = truth
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'matched', counts: { matched: 2, differs: 0 }, differences: [] })
    expect(world.rows(cases).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed'])
    expect(world.rows(payments).map((row) => row.cases)).toEqual([0, 0])
    // Nothing of it was booked: money moves by what a look at the payment shows, never by an account.
    expect(world.rows(transfers)).toEqual(before)
  })

  it('gives the same books and cases when it is killed after any number of steps', async () => {
    const run = async (left: number) => {
      const opened = open()
      const payments_ = [await bought(opened), await bought(opened, 500), await bought(opened, 700)]
      opened.provider.refundElsewhere(payments_[0] ?? never(), 300n)
      nextMorning(opened)
      const truth = opened.provider.account
      opened.provider.account = async (of) => {
        const lines = await statementOf(truth(of))
        return opened.provider.asStatement(lines.filter(({ amount }) => amount.minor !== 700n))
      }
      const first = working(opened.world, opened.provider, left)
      const ended = await first.close().then(
        () => 'done',
        (thrown: unknown) => (thrown instanceof Killed ? 'killed' : 'other'),
      )
      await opened.close()
      const tables = [closings, cases, payments, transfers, movements].map((one) => opened.world.rows(one as never))
      return { ended, submits: first.submits(), tables }
    }
    const whole = await run(Number.POSITIVE_INFINITY)
    expect(whole).toMatchObject({ ended: 'done', submits: 5 })
    for (let left = 0; left < whole.submits; left++) {
      const { ended, tables } = await run(left)
      // The payer is not kept without custodians, which ends no closing.
      expect(['killed', 'done']).toContain(ended)
      expect(tables, `${left} commands`).toEqual(whole.tables)
    }
  })

  it('waits for an account that is not there yet, and keeps what was compared', async () => {
    const opened = open()
    await bought(opened)
    nextMorning(opened)
    const truth = opened.provider.account
    opened.provider.account = () => ({ is: 'not-yet' })
    await opened.close()
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'waiting', code: 'not-yet', closedAt: null })
    expect(opened.world.events.filter(({ type }) => type === 'payments.closingDelayed@1')).toHaveLength(1)
    opened.provider.account = () => ({ is: 'refused', code: 'statement-unreadable' })
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'failed', code: 'statement-unreadable' })
    opened.provider.account = truth
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'matched', code: '' })
    opened.provider.account = () => ({ is: 'not-yet' })
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'matched', code: '' })
    opened.world.submit(closeDay, { provider: 'paypay', day: dayText(day) })
    expect(closed(opened)).toMatchObject({ state: 'asked', counts: { matched: 1 } })
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'matched', code: 'not-yet', counts: { matched: 1 } })
  })

  it('records nothing while the provider can’t be asked, and refuses a day that is not over', async () => {
    const opened = open()
    const payment = await bought(opened)
    opened.provider.refundElsewhere(payment, 300n)
    const ask = () => opened.world.submit(closeDay, { provider: 'paypay', day: dayText(day) })
    expect(refusalOf(ask)).toBe('payments.day-not-over')
    nextMorning(opened)
    expect(refusalOf(ask)).toBe('none')
    let calls = 0
    opened.provider.fault = () => (++calls > 1 ? 'lost-answer' : 'none')
    await expect(opened.close()).rejects.toThrow(LibralError)
    expect(closed(opened)).toMatchObject({ state: 'asked' })
    opened.provider.fault = () => 'none'
    await opened.close()
    expect(closed(opened)).toMatchObject({ state: 'differs' })
  })
})

/** What the provider says of the day, one after the other; the last is what the books have. */
const accounts = {
  less: (lines: readonly StatementLine[]) => lines.slice(1),
  other: ([first, ...rest]: readonly StatementLine[]) =>
    first ? [{ ...first, amount: { currency: 'JPY' as const, minor: 1_200n } }, ...rest] : [],
  more: (lines: readonly StatementLine[]) => [
    ...lines,
    { ...(lines[0] ?? never()), id: 'stranger', payment: null, reference: 'nobody' },
  ],
  same: (lines: readonly StatementLine[]) => lines,
}

describe('two looks at one day', () => {
  /** A look of its own process, each of whose steps is a turn of the scheduler; killed after so many of its commands. */
  const looker = ({ world, provider }: Opened, turns: fc.Scheduler, left: number) => {
    let submits = 0
    const own = world.context('payments')
    const context: typeof own = {
      ...own,
      submit: (command) =>
        turns.schedule(Promise.resolve()).then(async () => {
          if (submits++ >= left) throw new Killed()
          world.now += 1
          await own.submit(command)
        }),
      read: {
        get: (collection, key) => turns.schedule(Promise.resolve()).then(() => own.read.get(collection, key)),
        list: (collection, prefix) => turns.schedule(Promise.resolve()).then(() => own.read.list(collection, prefix)),
      },
    }
    const desk = createDesk({ context, provider: () => provider, payerKey: new Uint8Array(32) })
    const closer = createCloser({ context, desk, provider: () => provider })
    return closer.close('paypay', day, signal).then(
      () => 'done',
      (thrown: unknown) => {
        if (thrown instanceof Killed) return 'killed'
        throw thrown
      },
    )
  }
  const openCases = ({ world }: Opened) =>
    world
      .rows(cases)
      .filter(({ state }) => state !== 'closed')
      .map(({ key }) => key)

  it('leave none open when the one that knew better began before the other, and is recorded behind it', async () => {
    const opened = open()
    const { world, provider } = opened
    await bought(opened)
    nextMorning(opened)
    const held = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const own = world.context('payments')
    const context: typeof own = {
      ...own,
      submit: async (command) => {
        reached.resolve()
        await held.promise
        await own.submit(command)
      },
    }
    const desk = createDesk({ context, provider: () => provider, payerKey: new Uint8Array(32) })
    const slow = createCloser({ context, desk, provider: () => provider }).close('paypay', day, signal)
    await reached.promise
    const truth = provider.account
    provider.account = async (of) => provider.asStatement(accounts.more(await statementOf(truth(of))))
    await opened.close()
    expect(openCases(opened)).toHaveLength(1)
    provider.account = truth
    world.now += 1
    held.resolve()
    await slow
    expect(closed(opened)).toMatchObject({ state: 'matched', differences: [] })
    expect(openCases(opened)).toEqual([])
  })

  it('leave no case open that is settled, however they run into each other, and whichever is killed', async () => {
    const said = fc.array(fc.constantFrom<keyof typeof accounts>('less', 'other', 'more', 'same'), {
      minLength: 1,
      maxLength: 3,
    })
    const left = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat({ max: 4 }))
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), said, left, left, async (turns, saying, leftOfOne, leftOfOther) => {
        const opened = open()
        await bought(opened)
        await bought(opened, 500)
        nextMorning(opened)
        const truth = opened.provider.account
        let now: keyof typeof accounts = 'less'
        opened.provider.account = async (of) => opened.provider.asStatement(accounts[now](await statementOf(truth(of))))
        turns.scheduleSequence(
          saying.map((next) => async () => {
            now = next
          }),
        )
        const ends = [looker(opened, turns, leftOfOne), looker(opened, turns, leftOfOther)]
        await turns.waitFor(Promise.all(ends))
        if (!(await Promise.all(ends)).includes('killed')) {
          const listed = closed(opened).differences.map((one) => one.case)
          expect(listed).toEqual(expect.arrayContaining(openCases(opened)))
        }
        now = 'same'
        await opened.close()
        expect(closed(opened)).toMatchObject({ state: 'matched', differences: [] })
        expect(openCases(opened)).toEqual([])
        expect(opened.world.rows(payments).map((row) => row.cases)).toEqual([0, 0])
      }),
      { numRuns: 500 },
    )
  })
})

const never = (): never => {
  throw new Error('not there')
}
