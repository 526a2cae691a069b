import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakePayPay, startFakePayPay } from '#backend/demo/providers/paypay.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { refundable } from '#protocol/payments-actions.ts'
import { type ClosingRow, closeDay, closings } from '#protocol/payments-closings.ts'
import { createPayment, refundPayment } from '#protocol/payments-commands.ts'
import { configureIssuer, type InvoiceRow, invoices, issueInvoice } from '#protocol/payments-invoices.ts'
import {
  type AccountRow,
  accounts,
  type CaseRow,
  cases,
  type PaymentRow,
  payments,
  type TransferRow,
  transfers,
} from '#protocol/payments-records.ts'
import { asDesktop, newWorld, settle, until, type World } from '../approvals/world.ts'
import type { Answer, Asked } from './backend.ts'

/**
 * A backend that is killed at each step of a payment's, a refund's and a closing's way, over a provider that lives on:
 * whatever webhooks come, never, twice or ten times, before or after the answer, the books are those of a quiet day.
 */

const program = fileURLToPath(new URL('./backend.ts', import.meta.url))
let world: World
let paypay: FakePayPay
let backend: Running
/** Eight in the evening in Japan, so that no payment runs over the end of a day. */
let ahead =
  Date.parse(`${new Date(Date.now() + 33 * 3_600_000).toISOString().slice(0, 10)}T20:00:00+09:00`) - Date.now()
const now = () => Date.now() + ahead

type Question = Omit<Asked, 'n' | 'ahead'> & { readonly ahead?: true }
interface Running {
  readonly died: Promise<void>
  readonly dead: () => boolean
  ask(what: Question): Promise<unknown>
  stop(): Promise<void>
}
class Died extends Error {}

/** Leases of who was killed have run out by then. */
const start = async (step = ''): Promise<Running> => {
  ahead += 130_000
  const child: ChildProcess = spawn(
    process.execPath,
    [program, world.folder, paypay.server.address, step, String(ahead)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  )
  let asked = 0
  let dead = false
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<void>()
  const died = new Promise<void>((resolve) => {
    child.once('exit', () => {
      dead = true
      ready.resolve()
      for (const one of waiting.values()) one.reject(new Died())
      resolve()
    })
  })
  child.on('message', (answer: Answer | 'ready') => {
    if (answer === 'ready') return ready.resolve()
    const one = waiting.get(answer.n)
    if ('ok' in answer) one?.resolve(answer.ok)
    else one?.reject(Object.assign(new Error(answer.code), { code: answer.code }))
    waiting.delete(answer.n)
  })
  await ready.promise
  return {
    died,
    dead: () => dead,
    ask: (what) => {
      const one = Promise.withResolvers<unknown>()
      const n = ++asked
      waiting.set(n, one)
      const now = what.ahead && { ahead }
      if (child.connected) child.send({ ...what, ...now, n }, (failed) => failed && one.reject(new Died()))
      else one.reject(new Died())
      return one.promise
    },
    stop: async () => {
      child.kill('SIGKILL')
      await died
    },
  }
}

/** As a desktop: the same again until somebody answers; who died is started anew, without a step to die at. */
const ask = async (what: Question): Promise<unknown> => {
  for (;;) {
    try {
      return await backend.ask(what)
    } catch (thrown) {
      if (!(thrown instanceof Died)) throw thrown
      await backend.died
      backend = await start()
    }
  }
}
const rows = async <Row>(collection: { readonly name: string }): Promise<readonly Row[]> =>
  (await ask({ rows: collection.name })) as readonly Row[]
let deployment: Kernel['deployment']
/** What asDesktop needs of a kernel. */
const desktop = (asking = ask) =>
  ({ deployment, now, submit: (submit: SignedCommand) => asking({ submit }) as Promise<Outcome> }) as unknown as Kernel
/** The clock is the same on both sides, also for who was started meanwhile. */
const later = async (): Promise<void> => {
  ahead += 2_000
  await ask({ ahead: true })
}
const deliver = async (from: number, times: number): Promise<void> => {
  const sent = paypay.webhooks.slice(from).map(({ body }) => String(body))
  for (let nth = 0; nth < times; nth++) {
    const some = nth % 2 === 0 ? sent : sent.toReversed()
    await Promise.all(
      some.map((body) => ask({ webhook: { id: createHash('sha256').update(body).digest('hex'), body } })),
    )
  }
}
const rowOf = async (payment: PaymentId): Promise<PaymentRow | undefined> =>
  (await rows<PaymentRow>(payments)).find((row) => row.payment === payment)
/** Time goes on until the janitor has asked for it. */
const becomes = (payment: PaymentId, state: PaymentRow['state']): Promise<PaymentRow> =>
  until(async () => {
    const row = await rowOf(payment)
    if (row?.state === state && row.acts.every((act) => act.state === 'done')) return row
    await later()
    return undefined
  })

beforeAll(async () => {
  paypay = await startFakePayPay({ now })
  world = await newWorld(null, () => [createSealed(), createPayments()])
  world.clock.ahead = ahead
  const kernel = await world.open()
  await settle(kernel)
  deployment = kernel.deployment
  await world.close(kernel)
})
afterAll(async () => {
  await backend?.stop()
  await paypay?.close()
  await world?.remove()
})

const ordered = (): Promise<PaymentId> =>
  asDesktop(desktop(), 'tanaka', createPayment, {
    ...{ provider: 'paypay', amount: { currency: 'JPY', minor: '1000' }, merchant: 'main', taxRate: 10 },
    ...{ intent: 'capture', title: '会員証', note: '' },
  }).then(
    ({ id }) => id as unknown as PaymentId,
    (thrown: { readonly code?: string }) => {
      // Nobody took it while it was good: the operator gives it again.
      if (thrown.code === 'command.expired') return ordered()
      throw thrown
    },
  )
const refunded = async (row: PaymentRow): Promise<void> => {
  await asDesktop(desktop(), 'tanaka', refundPayment, {
    ...{ payment: row.payment, capture: row.captures[0]?.id ?? '', amount: { currency: 'JPY', minor: '400' } },
    ...{ left: refundable(row).toString(), reason: '返品' },
  })
}
const booksOf = async (payment: PaymentId): Promise<readonly string[]> =>
  (await rows<TransferRow>(transfers))
    .filter((row) => row.payment === payment)
    .map(({ kind, debit, credit, minor }) => `${kind} ${debit} ${credit} ${minor}`)
    .sort()

const quiet = [
  'capture clearing:paypay merchant:main 910',
  'capture clearing:paypay taxes 90',
  'refund refunds clearing:paypay 364',
  'refund taxes clearing:paypay 36',
]
/** Where it is killed on a payment's way, then on its refund's, and how often each webhook comes. */
const ways: readonly (readonly [paying: string, refunding: string, times: number])[] = [
  ['after create', 'before refund', 1],
  ['after payments.recordOffer', 'after refund', 0],
  ['after read', 'before payments.recordAnswer', 2],
  ['before payments.recordSnapshot', 'after payments.recordAnswer', 10],
]

test('a backend that is killed between any two steps of a payment or a refund comes back to the same books', async () => {
  for (const [paying, refunding, times] of ways) {
    backend = await start(paying)
    const first = backend
    const before = paypay.webhooks.length
    const payment = await ordered()
    // The buyer has the link, and pays before anybody here knows of it.
    if (paying === 'after create') await first.died
    await until(async () => {
      paypay.pay(payment)
      if (paypay.webhooks.length > before) return true
      await later()
      return false
    })
    await deliver(before, times)
    const paid = await becomes(payment, 'captured')
    await backend.stop()
    backend = await start(refunding)
    const second = backend
    await refunded(paid)
    await deliver(before, times)
    await becomes(payment, 'partly-refunded')
    await deliver(before, times)
    expect(await booksOf(payment), `${paying}, ${refunding}`).toEqual(quiet)
    expect([first.dead(), second.dead()], `${paying}, ${refunding}`).toEqual([true, true])
    await backend.stop()
  }
  backend = await start()
  expect(await rows<CaseRow>(cases)).toEqual([])
  const total = (await rows<AccountRow>(accounts)).reduce(
    (all, one) => all + BigInt(one.debits) - BigInt(one.credits),
    0n,
  )
  expect(total).toBe(0n)
  // At the provider, too, each was paid and refunded once.
  const lines = paypay.statement().trim().split('\n').slice(1)
  expect(lines.filter((line) => line.includes('返金完了'))).toHaveLength(ways.length)
  expect(lines).toHaveLength(2 * ways.length)
})

test('a closing that is killed half way is finished by the next, and tells each difference once', async () => {
  const day = new Date(now() + 9 * 3_600_000).toISOString().slice(0, 10)
  const number = day.replaceAll('-', '')
  // The file leaves one refund out, and has one that nobody here knows.
  const text = paypay.statement().trim().split('\n')
  const dropped = text.findIndex((line) => line.includes('返金完了'))
  const stranger = (text[dropped] ?? '').replace(/^"[^"]*"/, '"refund-x"').replace(/"[0-9a-f-]{36}"(,"\{)/, '""$1')
  text[dropped] = stranger
  ahead += 7 * 3_600_000
  const { body } = paypay.file(`${text.join('\n')}\n`)
  /** PayPay's address of the file is kept in memory: it is sent again, as on request. Nothing is asked that is under way. */
  const closing = async (of: Running, id: string): Promise<ClosingRow | undefined> => {
    const standing = async () =>
      ((await of.ask({ rows: closings.name })) as readonly ClosingRow[]).find((row) => row.key === `paypay/${number}`)
    try {
      const row = await standing()
      if (row?.state === 'asked' || row?.state === 'differs') return row
      await of.ask({ webhook: { id, body: String(body) } })
      await asDesktop(desktop(of.ask), 'tanaka', closeDay, { provider: 'paypay', day })
      return await standing()
    } catch (thrown) {
      if (thrown instanceof Died) return undefined
      throw thrown
    }
  }
  for (const step of ['after statement', 'after payments.recordDifference', 'before payments.recordClosing']) {
    await backend.stop()
    backend = await start(step)
    await until(async () => {
      await closing(backend, `file for ${step}`)
      return backend.dead()
    })
  }
  await backend.stop()
  backend = await start()
  const row = await until(async () => {
    const found = await closing(backend, 'file, again')
    return found?.state === 'differs' && found
  })
  expect(row.counts).toMatchObject({ missingHere: 1, missingThere: 1, differs: 0, late: 0 })
  expect((await rows<CaseRow>(cases)).map(({ kind }) => kind).sort()).toEqual(['missing-here', 'missing-there'])
})

test('a backend that is killed before, while or after it issues a receipt has issued it once, under the next number', async () => {
  await backend?.stop()
  backend = await start()
  await asDesktop(desktop(), 'ito', configureIssuer, {
    ...{ name: '株式会社見本', address: '東京都千代田区霞が関3-1-1', phone: '', trader: 'corporation' },
    ...{ registration: 'T7000012050002', rounding: 'floor', seen: 0 },
  })
  const paid: PaymentId[] = []
  for (const step of ['before', 'after', 'while']) {
    const before = paypay.webhooks.length
    const payment = await ordered()
    await until(async () => {
      paypay.pay(payment)
      if (paypay.webhooks.length > before) return true
      await later()
      return false
    })
    await deliver(before, 1)
    await becomes(payment, 'captured')
    paid.push(payment)
    await backend.stop()
    backend = await start(`${step} the door's ${issueInvoice.name}`)
    const first = backend
    const handedOver = Promise.withResolvers<void>()
    const asking: typeof ask = (what) => {
      const answered = ask(what)
      handedOver.resolve()
      return answered
    }
    const issue = (): Promise<unknown> =>
      asDesktop(desktop(asking), 'tanaka', issueInvoice, {
        ...{ kind: 'receipt', counterparty: '株式会社国税商事', honorific: 'onchu', due: null, note: '' },
        lines: [{ payment, text: '会員証', minor: '1000' }],
      }).catch((thrown: { readonly code?: string }) => {
        // Nobody took it while it was good: the operator gives it again.
        if (thrown.code === 'command.expired') return issue()
        throw thrown
      })
    const issuing = issue()
    if (step === 'while') {
      await handedOver.promise
      await first.stop()
    }
    await issuing
    // The others die by themselves.
    if (step !== 'while') expect(first.dead(), step).toBe(true)
  }
  const issued = await rows<InvoiceRow>(invoices)
  expect(issued.map(({ number, lines }) => [Number(number.slice(9)), lines[0]?.payment])).toEqual(
    expect.arrayContaining(paid.map((payment, nth) => [nth + 1, payment])),
  )
  expect(issued).toHaveLength(paid.length)
})
