import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { promiseMs, promises, recordPromise } from '#protocol/payments-promises.ts'
import { payments, questions } from '#protocol/payments-records.ts'
import { createWorld, refusalOf } from '#tests/fakes/module-world.ts'
import { scriptedProvider } from '#tests/fakes/payment-provider.ts'
import { createDesk } from './desk.ts'
import { createPayments } from './index.ts'
import { promising } from './promises.ts'

const signal = new AbortController().signal
const amount = { currency: 'XTR', minor: 500n } as const

/** One link, and any number of instances that answer for it. */
const opened = async () => {
  const world = createWorld([createPayments()])
  const provider = scriptedProvider('stars', () => world.now)
  const instance = () => {
    const context = world.context('payments')
    const desk = createDesk({ context, provider: () => provider, payerKey: new Uint8Array(32) })
    return { desk, promise: promising(context, desk) }
  }
  const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '一日券', note: '' } as const
  world.submit(createPayment, { provider: 'stars', amount: { currency: 'XTR', minor: '500' }, ...terms })
  const [row] = world.rows(payments)
  if (!row) throw new Error('no payment')
  const { payment } = row
  const [act] = row.acts
  const first = instance()
  await first.desk.carryOut(payment, act?.act ?? '', { attempt: 1, signal })
  return { world, provider, instance, first, payment }
}
const ask = (
  { promise }: Pick<Awaited<ReturnType<typeof opened>>['first'], 'promise'>,
  payment: PaymentId,
  query: string,
) => promise(payment, amount, query, { signal })

describe('a yes to who is about to pay', () => {
  it('is one, on whichever instance and after whatever restart, for as long as a payment takes', async () => {
    const { world, instance, first, payment } = await opened()
    expect(await Promise.all([ask(first, payment, 'a'), ask(instance(), payment, 'b')])).toEqual(['yes', 'under-way'])
    world.now += promiseMs - 1
    expect(await ask(instance(), payment, 'c')).toBe('under-way')
    // The same question comes twice, and has the same answer, and no second line in the log.
    const before = world.events.length
    expect(await ask(instance(), payment, 'a')).toBe('yes')
    expect(world.events.length).toBe(before)
    expect(refusalOf(() => world.submit(recordPromise, { payment, query: 'b' }))).toBe('payments.not-possible')
  })

  it('is given to somebody else only once it is seen that nobody has paid', async () => {
    const { world, provider, instance, first, payment } = await opened()
    expect(await ask(first, payment, 'a')).toBe('yes')
    provider.pay(payment)
    world.now += promiseMs
    provider.fault = () => 'busy'
    expect(await ask(instance(), payment, 'b')).toBe('under-way')
    provider.fault = () => 'none'
    expect(await ask(instance(), payment, 'b')).toBe('not-open')
    expect(world.row(payments, payment)).toMatchObject({ state: 'captured', cases: 0 })
    // What is paid is promised no more.
    expect(world.rows(promises)).toEqual([])
    expect(refusalOf(() => world.submit(recordPromise, { payment, query: 'c' }))).toBe('payments.not-possible')
  })

  it('says why not as before', async () => {
    const { first, payment } = await opened()
    const other = { currency: 'XTR', minor: 499n } as const
    expect(await first.promise(payment, other, 'a', { signal })).toBe('other-amount')
    expect(await ask(first, '01900000-0000-7000-8000-000000000099' as PaymentId, 'a')).toBe('unknown-payment')
  })

  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('press' as const), takesMs: fc.integer({ min: 0, max: promiseMs - 1 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('press' as const), takesMs: fc.constant(null) }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2 * promiseMs }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('fault' as const), is: fc.constantFrom('none', 'busy', 'lost-answer') }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('janitor' as const) }) },
  )
  it('never lets two pay', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { world, provider, instance, payment } = await opened()
        let now = instance()
        let due: number[] = []
        let charged = 0
        const charge = (): void => {
          const ripe = due.filter((at) => at <= world.now)
          due = due.filter((at) => at > world.now)
          charged += ripe.length
          if (ripe.length > 0) provider.pay(payment)
        }
        for (const [nth, one] of steps.entries()) {
          if (one.do === 'press') {
            const may = await ask(now, payment, `q${nth}`)
            if (may === 'yes' && one.takesMs !== null) due.push(world.now + one.takesMs)
          } else if (one.do === 'wait') world.now += one.ms
          else if (one.do === 'restart') now = instance()
          else if (one.do === 'fault') provider.fault = () => one.is as 'none'
          else for (const open of world.rows(questions)) await now.desk.ask(open, signal)
          charge()
        }
        world.now += promiseMs
        charge()
        expect(charged).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })
})
