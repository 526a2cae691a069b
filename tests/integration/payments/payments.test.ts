import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { refundable } from '#protocol/payments-actions.ts'
import { createPayment, postManualEntry, refundPayment } from '#protocol/payments-commands.ts'
import {
  type AccountRow,
  accounts,
  type PaymentRow,
  payments,
  questions,
  transfers,
} from '#protocol/payments-records.ts'
import { type Fault, type ScriptedProvider, scriptedProvider } from '#tests/fakes/payment-provider.ts'
import { signByKey } from '#tests/fixtures/client/certified.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import {
  asDesktop,
  codeOf,
  keys,
  type Name,
  newWorld,
  proposing,
  settle,
  storageOf,
  until,
  voting,
  type World,
} from '../approvals/world.ts'
import { projectedRows, servedRows, tableText } from '../kernel/replay.ts'

const jpy = (minor: bigint) => ({ currency: 'JPY' as const, minor: minor.toString() })
const day = '2025-11-13'

describe.each([
  ['SQLite', false],
  ['PostgreSQL', true],
] as const)('payments over %s', (_name, onPostgres) => {
  let server: PostgresServer | null = null
  let world: World
  let kernel: Kernel
  /** The provider outlives every backend. */
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
  })
  afterEach(async () => world?.remove())

  const rows = async <Row>(collection: string): Promise<readonly Row[]> => {
    await kernel.latest()
    return (await kernel.history(collection, null, 1_000)).rows as readonly Row[]
  }
  const rowOf = async (payment: PaymentId): Promise<PaymentRow> => {
    const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
    if (!found) throw new Error('no such payment')
    return found
  }
  const becomes = (payment: PaymentId, state: PaymentRow['state']): Promise<PaymentRow> =>
    until(async () => {
      const row = await rowOf(payment)
      return row.state === state && row
    })
  const ordered = async (minor = 1_000n): Promise<PaymentId> => {
    const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '会員証', note: '' }
    const { id } = await asDesktop(kernel, 'tanaka', createPayment, {
      provider: 'paypay',
      amount: jpy(minor),
      ...terms,
    })
    return id as unknown as PaymentId
  }
  let hooks = 0
  const webhook = (payment: PaymentId) =>
    kernel.inbox.receive({ id: `hook-${++hooks}`, source: 'payments.paypay', body: Buffer.from(payment), headers: {} })
  const paid = async (minor?: bigint): Promise<PaymentRow> => {
    const payment = await ordered(minor)
    await becomes(payment, 'pending')
    provider.pay(payment)
    await Promise.all([webhook(payment), webhook(payment)])
    return becomes(payment, 'captured')
  }
  const refundOf = ({ payment, captures, ...row }: PaymentRow, minor: bigint) => ({
    ...{
      payment,
      capture: captures[0]?.id ?? '',
      amount: jpy(minor),
      left: refundable(row).toString(),
      reason: '返品',
    },
  })
  const refund = (by: Name, row: PaymentRow, minor: bigint): Promise<string> =>
    codeOf(asDesktop(kernel, by, refundPayment, refundOf(row, minor)))
  /** Time goes on, so that the janitor asks. */
  const later = (): void => {
    world.clock.ahead += 10 * 60_000
  }
  const reopen = async (): Promise<void> => {
    await world.close(kernel)
    kernel = await world.open()
  }

  it('makes a link, is told, asks, and books once; of two refunds at once one counts', async () => {
    const row = await paid()
    expect(row).toMatchObject({ sums: { captured: '1000', fees: '50', refunded: '0' }, cases: 0 })
    const both = await Promise.all([refund('tanaka', row, 1_000n), refund('ito', row, 1_000n)])
    expect(both.filter((code) => code === 'none')).toHaveLength(1)
    later()
    expect(await becomes(row.payment, 'refunded')).toMatchObject({ sums: { refunded: '1000' } })
    expect(provider.truth(row.payment)?.refunds).toHaveLength(1)
    expect(await rows(questions.name)).toEqual([])

    // What is served is what the entries alone give, and it balances.
    for (const { name } of [payments, transfers, accounts, questions]) {
      const storage = storageOf(kernel)
      const projected = await projectedRows(storage, modules(), name)
      expect(tableText(await servedRows(storage, name)), name).toEqual(tableText(projected))
    }
    const held = await rows<AccountRow>(accounts.name)
    const total = held.reduce((all, { debits, credits }) => all + BigInt(debits) - BigInt(credits), 0n)
    expect([held.length > 0, total]).toEqual([true, 0n])
  })

  it.each<Fault>(['lost-answer', 'lost-request'])(
    'survives the end of the backend while a refund is unknown (%s), and refunds once',
    async (fault) => {
      const row = await paid()
      provider.fault = () => fault
      expect(await refund('tanaka', row, 400n)).toBe('none')
      await becomes(row.payment, 'unknown')
      await reopen()
      provider.fault = () => 'none'
      later()
      expect(await becomes(row.payment, 'partly-refunded')).toMatchObject({ sums: { refunded: '400' }, cases: 0 })
      expect(provider.truth(row.payment)?.refunds).toHaveLength(1)
    },
  )

  it('finds what it was never told of, also what happened while it was away', async () => {
    const payment = await ordered()
    await becomes(payment, 'pending')
    await world.close(kernel)
    provider.pay(payment)
    kernel = await world.open()
    later()
    await becomes(payment, 'captured')
    provider.refundElsewhere(payment, 100n)
    await webhook(payment)
    // What comes from outside names buyers: the database holds nothing of it in the clear.
    const kept = await storageOf(kernel).inbox.get('payments.paypay', `hook-${hooks}`)
    expect([kept !== null, Buffer.from(kept?.body ?? []).includes(payment)]).toEqual([true, false])
    expect(await becomes(payment, 'partly-refunded')).toMatchObject({ cases: 1 })
  })

  it('refunds and books by hand above the policy’s sums with a second person alone', async () => {
    const row = await paid(200_000n)
    expect(await refund('tanaka', row, 200_000n)).toBe('command.needs-approvals')
    const signed = await signByKey(keys.tanaka, {
      ...{ context: kernel.deployment.id, command: refundPayment.name, params: refundOf(row, 200_000n) },
      ...{ operator: 'tanaka', issuedAt: kernel.now() },
    })
    await proposing(kernel, signed)
    expect((await rowOf(row.payment)).acts).toHaveLength(1)
    await voting(kernel, 'sato', 'approve', signed)
    later()
    await becomes(row.payment, 'refunded')

    const entry = (minor: bigint) => ({
      debit: 'bank',
      credit: 'clearing:paypay',
      amount: jpy(minor),
      day,
      payment: null,
      note: '入金',
    })
    expect(await codeOf(asDesktop(kernel, 'ito', postManualEntry, entry(100_001n)))).toBe('command.needs-approvals')
    expect(await codeOf(asDesktop(kernel, 'tanaka', postManualEntry, entry(1n)))).toBe('command.not-permitted')
    expect(await codeOf(asDesktop(kernel, 'ito', postManualEntry, entry(528n)))).toBe('none')
    expect((await rows<AccountRow>(accounts.name)).find(({ key }) => key === 'bank/JPY')).toMatchObject({
      debits: '528',
    })
  })
})
