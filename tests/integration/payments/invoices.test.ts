import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { SignedCommand } from '#protocol/command.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { refundable } from '#protocol/payments-actions.ts'
import { createPayment, refundPayment } from '#protocol/payments-commands.ts'
import {
  configureIssuer,
  documentNumbers,
  type InvoiceRow,
  invoiced,
  invoiceIssued,
  invoices,
  issueCreditNote,
  issueInvoice,
  issuers,
  reissueInvoice,
} from '#protocol/payments-invoices.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { type ScriptedProvider, scriptedProvider } from '#tests/fakes/payment-provider.ts'
import { signByKey } from '#tests/fixtures/client/certified.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import {
  asDesktop,
  codeOf,
  entriesOf,
  keys,
  newWorld,
  settle,
  storageOf,
  until,
  type World,
} from '../approvals/world.ts'
import { projectedRows, servedRows, tableText } from '../kernel/replay.ts'

const issuer = {
  ...{ name: '株式会社見本', address: '東京都千代田区霞が関3-1-1', phone: '', trader: 'corporation' },
  ...{ registration: 'T7000012050002', rounding: 'floor', seen: 0 },
}
const to = { counterparty: '株式会社国税商事', honorific: 'onchu' }

describe.each([
  ['SQLite', false],
  ['PostgreSQL', true],
] as const)('documents over %s', (_name, onPostgres) => {
  let server: PostgresServer | null = null
  let world: World
  let kernel: Kernel
  let provider: ScriptedProvider
  const fixed = { paypay: { baseAddress: 'https://pay.example', values: {}, secret: () => undefined } }
  const modules = () => [createSealed(), createPayments({ everyMs: 100, fixed, adapters: { paypay: () => provider } })]

  beforeAll(async () => {
    if (onPostgres && hasPostgres) server = await startPostgres()
  })
  afterAll(async () => server?.close())
  beforeEach(async ({ skip }) => {
    if (onPostgres && !hasPostgres) skip()
    provider = scriptedProvider('paypay', () => Date.now())
    world = await newWorld(server, modules)
    kernel = await world.open()
    await settle(kernel)
    await asDesktop(kernel, 'ito', configureIssuer, issuer)
  })
  afterEach(async () => world?.remove())

  const rows = async <Row>(collection: string, of: Kernel = kernel): Promise<readonly Row[]> => {
    await of.latest()
    return (await of.history(collection, null, 1_000)).rows as readonly Row[]
  }
  const rowOf = async (payment: PaymentId): Promise<PaymentRow> => {
    const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
    if (!found) throw new Error('no such payment')
    return found
  }
  let hooks = 0
  const paid = async (minor = '1000'): Promise<PaymentId> => {
    const { id } = await asDesktop(kernel, 'tanaka', createPayment, {
      ...{ provider: 'paypay', amount: { currency: 'JPY', minor }, merchant: 'main', taxRate: 10 },
      ...{ intent: 'capture', title: '会員証', note: '' },
    })
    const payment = id as unknown as PaymentId
    await until(async () => (await rowOf(payment)).state === 'pending')
    provider.pay(payment)
    await kernel.inbox.receive({
      ...{ id: `hook-${++hooks}`, source: 'payments.paypay', body: Buffer.from(payment), headers: {} },
    })
    await until(async () => (await rowOf(payment)).state === 'captured')
    return payment
  }
  const receiptOf = (payment: PaymentId, minor = '1000') => ({
    ...{ kind: 'receipt', ...to, due: null, note: '' },
    lines: [{ payment, text: '会員証', minor }],
  })
  /** The very bytes, for whoever sends them again. */
  const signed = (params: object): Promise<SignedCommand> =>
    signByKey(keys.tanaka, {
      ...{ context: kernel.deployment.id, command: issueInvoice.name, params: params as never },
      ...{ operator: 'tanaka', issuedAt: kernel.now() },
    })

  it('issues once: of two operators at once, of a retry, and of a command whose backend ended under it', async () => {
    const first = await paid()
    const both = await Promise.all(
      (['tanaka', 'ito'] as const).map((by) => codeOf(asDesktop(kernel, by, issueInvoice, receiptOf(first)))),
    )
    expect([...both].sort()).toEqual(['none', 'payments.invoice-exists'])

    const second = await paid()
    const command = await signed(receiptOf(second))
    const outcome = await kernel.submit(command)
    expect(await kernel.submit(command)).toEqual(outcome)

    // Nobody knows whether it was taken: it is sent again, to the next backend.
    const third = await paid()
    const lost = await signed(receiptOf(third))
    const answer = kernel.submit(lost).catch(() => null)
    await world.close(kernel)
    await answer
    kernel = await world.open()
    const again = await kernel.submit(lost)
    expect(await kernel.submit(lost)).toEqual(again)

    const documents = await rows<InvoiceRow>(invoices.name)
    expect(documents.map(({ number }) => Number(number.slice(9))).sort()).toEqual([1, 2, 3])
    expect(new Set(documents.map(({ lines }) => lines[0]?.payment))).toEqual(new Set([first, second, third]))
  })

  it('numbers without gaps whichever instance decides, and tells all of a document in its entry', async () => {
    const other = onPostgres ? await world.open() : kernel
    const bought = await Promise.all(Array.from({ length: 6 }, () => paid()))
    // Every payment is asked for twice, by two people, at two instances.
    const codes = await Promise.all(
      bought.flatMap((payment) => [
        codeOf(asDesktop(kernel, 'tanaka', issueInvoice, receiptOf(payment))),
        codeOf(asDesktop(other, 'ito', issueInvoice, receiptOf(payment))),
      ]),
    )
    expect(codes.filter((code) => code === 'none')).toHaveLength(6)
    expect(new Set(codes)).toEqual(new Set(['none', 'payments.invoice-exists']))
    const issued = await rows<InvoiceRow>(invoices.name)
    expect(issued.map(({ number }) => Number(number.slice(9))).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])

    // A refund, its credit note, and a reissue.
    const [payment = '' as PaymentId] = bought
    const row = await rowOf(payment)
    await asDesktop(kernel, 'tanaka', refundPayment, {
      ...{ payment, capture: row.captures[0]?.id ?? '', amount: { currency: 'JPY', minor: '333' } },
      ...{ left: refundable(row).toString(), reason: '返品' },
    })
    world.clock.ahead += 10 * 60_000
    const { refunds } = await until(async () => {
      const now = await rowOf(payment)
      return now.state === 'partly-refunded' && now
    })
    const of = issued.find(({ lines }) => lines[0]?.payment === payment)?.key
    const note = { payment, refund: refunds[0]?.id, of, reason: '返品' }
    const credits = await Promise.all(
      ([kernel, other] as const).map((at, nth) =>
        codeOf(asDesktop(at, nth === 0 ? 'tanaka' : 'ito', issueCreditNote, note)),
      ),
    )
    expect([...credits].sort()).toEqual(['none', 'payments.credit-exists'])
    const again = await Promise.all(
      (['tanaka', 'ito'] as const).map((by) =>
        codeOf(asDesktop(kernel, by, reissueInvoice, { key: of, ...to, reason: '紛失' })),
      ),
    )
    expect([...again].sort()).toEqual(['none', 'payments.invoice-replaced'])

    const all = await rows<InvoiceRow>(invoices.name)
    expect(all.find(({ kind }) => kind === 'credit')).toMatchObject({
      ...{ amount: 333, tax: '30', number: expect.stringMatching(/^CRN-\d{4}-000001$/) },
    })
    // What was issued is told whole by its entry, so that it is proved without anything else.
    const entries = await entriesOf(kernel)
    for (const { key, entry, at, by, replacedBy, state, ...document } of all) {
      const event = entries[entry]?.events.find(({ type }) => type === invoiceIssued.type)
      const told = { ...(event?.data as Record<string, unknown>) }
      delete told['replaces']
      expect(told, `${key} ${at} ${by} ${replacedBy} ${state}`).toEqual(document)
    }
    for (const { name } of [invoices, invoiced, documentNumbers, issuers]) {
      const storage = storageOf(kernel)
      const projected = await projectedRows(storage, modules(), name)
      expect(tableText(await servedRows(storage, name)), name).toEqual(tableText(projected))
    }
  })
})
