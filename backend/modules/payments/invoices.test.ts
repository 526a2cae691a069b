import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import {
  configureIssuer,
  type DocumentKey,
  documentNumbers,
  type InvoiceRow,
  invoiced,
  invoices,
  issueCreditNote,
  issueInvoice,
  issuers,
  reissueInvoice,
} from '#protocol/payments-invoices.ts'
import { creditsDue, documentName, mustCredit, whyNotIssue } from '#protocol/payments-invoicing.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { createPayments } from './index.ts'

const yen = (minor: bigint) => ({ currency: 'JPY' as const, minor: minor.toString() })
/** Noon of 2026-11-21 in Japan. */
const noon = Date.parse('2026-11-21T12:00:00+09:00')
const issuer = {
  ...{ name: '株式会社見本', address: '東京都千代田区霞が関3-1-1', phone: '03-0000-0000' },
  ...{ trader: 'corporation' as const, registration: 'T7000012050002', rounding: 'floor' as const },
}
const to = { counterparty: '株式会社国税商事', honorific: 'onchu' as const }

const open = (given: Partial<typeof issuer> | null = {}): World => {
  const world = createWorld([createPayments()], noon)
  if (given) world.submit(configureIssuer, { ...issuer, ...given, seen: 0 })
  return world
}
const order = (
  world: World,
  {
    minor = 1_100n,
    taxRate = 10,
    provider = 'paypay',
    intent = 'capture',
  }: Partial<Record<'minor', bigint>> & {
    readonly taxRate?: number
    readonly provider?: 'paypay' | 'stars'
    readonly intent?: 'capture' | 'authorise'
  } = {},
): PaymentId => {
  const before = new Set(world.rows(payments).map(({ payment }) => payment))
  const amount = provider === 'stars' ? { currency: 'XTR' as const, minor: minor.toString() } : yen(minor)
  world.submit(createPayment, {
    ...{ provider, amount, merchant: 'main', taxRate, intent, title: '会員証', note: '' },
  })
  const made = world.rows(payments).find(({ payment }) => !before.has(payment))
  if (!made) throw new Error('no payment')
  return made.payment
}
const rowOf = (world: World, payment: PaymentId): PaymentRow => {
  const row = world.row(payments, payment)
  if (!row) throw new Error('no row')
  return row
}
/** As the ledger has it once the provider was asked. */
const paid = (world: World, payment: PaymentId): PaymentId => {
  const row = rowOf(world, payment)
  const minor = String(row.amount)
  world.put(payments, {
    ...row,
    ...{ state: 'captured', offered: true, captures: [{ id: `c-${payment}`, minor, fee: '0', at: world.now }] },
    sums: { ...row.sums, captured: minor },
  })
  return payment
}
const refunded = (world: World, payment: PaymentId, minor: bigint): string => {
  const row = rowOf(world, payment)
  const id = `r-${row.refunds.length}-${payment}`
  world.put(payments, {
    ...row,
    refunds: [...row.refunds, { id, act: null, minor: minor.toString(), feeBack: null, at: world.now }],
    sums: { ...row.sums, refunded: (BigInt(row.sums.refunded) + minor).toString() },
  })
  return id
}
const issue = (world: World, kind: 'invoice' | 'receipt', ...of: readonly PaymentId[]): string =>
  refusalOf(() =>
    world.submit(issueInvoice, {
      ...{ kind, ...to, due: null, note: '' },
      lines: of.map((payment) => {
        const { amount, title } = rowOf(world, payment)
        return { payment, text: title, minor: String(amount) }
      }),
    }),
  )
const credit = (world: World, payment: PaymentId, refund: string): string => {
  const issued = world.row(invoiced, payment)
  const of = (issued?.invoice ?? issued?.receipt)?.key ?? ('000000000000' as DocumentKey)
  return refusalOf(() => world.submit(issueCreditNote, { payment, refund, of, reason: '返品' }))
}
const reissue = (world: World, { key }: InvoiceRow, changed = {}): string =>
  refusalOf(() => world.submit(reissueInvoice, { key, ...to, reason: '紛失', ...changed }))
const newest = (world: World): InvoiceRow => {
  const row = world.rows(invoices).at(-1)
  if (!row) throw new Error('no document')
  return row
}

describe('the issuer', () => {
  it('is held to its check digit where it is a corporation, and to what the operator saw', () => {
    const world = open(null)
    const set = (changed: object, seen = 0): string =>
      refusalOf(() => world.submit(configureIssuer, { ...issuer, ...changed, seen }))
    expect(set({ registration: 'T1234567890123' })).toBe('payments.registration-wrong')
    expect(set({ registration: 'T1234567890123', trader: 'sole' })).toBe('none')
    expect(set({})).toBe('payments.issuer-changed')
    expect(set({}, noon)).toBe('none')
    expect(world.rows(issuers)).toMatchObject([{ registration: issuer.registration, rounding: 'floor' }])
  })
})

describe('a document', () => {
  it('carries all that stands on it, tax per rate over several payments', () => {
    const world = open()
    const of = [
      paid(world, order(world, { minor: 105n })),
      paid(world, order(world, { minor: 105n })),
      paid(world, order(world, { minor: 105n })),
      paid(world, order(world, { minor: 540n, taxRate: 8 })),
    ]
    expect(issue(world, 'receipt', ...of)).toBe('none')
    const row = newest(world)
    expect(row).toMatchObject({
      ...{ kind: 'receipt', number: 'RCP-2026-000001', revision: 0, qualified: true, issuer, ...to },
      rates: [
        { rate: 10, gross: '315', net: '287', tax: '28' },
        { rate: 8, gross: '540', net: '500', tax: '40' },
      ],
      ...{ amount: 855, tax: '68', day: 20261121, issuedDay: 20261121, state: 'current', replacedBy: null },
    })
    expect(documentName(row)).toBe('qualified-receipt')
    for (const payment of of)
      expect(world.row(invoiced, payment)?.receipt).toEqual({ key: row.key, number: row.number })
  })

  it('is no 適格請求書 without a registration, and none is issued without an issuer', () => {
    const world = open({ registration: null as unknown as string })
    expect(issue(world, 'receipt', paid(world, order(world)))).toBe('none')
    expect(documentName(newest(world))).toBe('receipt')
    const bare = open(null)
    expect(issue(bare, 'receipt', paid(bare, order(bare)))).toBe('payments.issuer-missing')
  })

  it('is refused, with its reason, for what is unpaid, ended, refunded, in other money, too much or issued already', () => {
    const world = open()
    const unpaid = order(world)
    expect(issue(world, 'receipt', unpaid)).toBe('payments.invoice-not-paid')
    expect(issue(world, 'receipt', paid(world, order(world, { provider: 'stars' })))).toBe('payments.invoice-needs-yen')
    expect(issue(world, 'invoice', order(world, { taxRate: 5 }))).toBe('payments.invoice-rate')
    expect(issue(world, 'invoice', order(world, { intent: 'authorise' }))).toBe('payments.invoice-nothing')
    const gone = order(world)
    world.put(payments, { ...rowOf(world, gone), ended: 'cancelled', state: 'cancelled' })
    expect(issue(world, 'invoice', gone)).toBe('payments.invoice-nothing')
    const back = paid(world, order(world))
    refunded(world, back, 1_100n)
    expect(issue(world, 'receipt', back)).toBe('payments.invoice-nothing')

    const good = paid(world, order(world))
    const over = (minor: string): string =>
      refusalOf(() =>
        world.submit(issueInvoice, {
          ...{ kind: 'receipt', ...to, due: null, note: '' },
          lines: [{ payment: good, text: '会員証', minor }],
        }),
      )
    expect(over('1101')).toBe('payments.invoice-too-much')
    expect(over('1099')).toBe('payments.changed')
    expect(over('1100')).toBe('none')
    expect(over('1100')).toBe('payments.invoice-exists')
    expect(whyNotIssue('receipt', rowOf(world, good), world.row(invoiced, good))).toMatchObject({
      params: { number: 'RCP-2026-000001' },
    })
    // Of several payments one is enough to refuse all.
    expect(issue(world, 'receipt', paid(world, order(world)), good)).toBe('payments.invoice-exists')
    expect(world.rows(invoices)).toHaveLength(1)
  })

  it('may be an invoice before payment and a receipt for it after', () => {
    const world = open()
    const payment = order(world)
    expect(issue(world, 'invoice', payment)).toBe('none')
    const { number } = newest(world)
    paid(world, payment)
    expect(issue(world, 'receipt', payment)).toBe('none')
    expect(newest(world)).toMatchObject({ kind: 'receipt', of: number })
  })

  it('is counted by kind and by the year in Japan', () => {
    const world = open()
    world.now = Date.parse('2026-12-31T23:59:59+09:00')
    expect(issue(world, 'receipt', paid(world, order(world)))).toBe('none')
    world.now += 1_000
    expect(issue(world, 'receipt', paid(world, order(world)))).toBe('none')
    expect(issue(world, 'invoice', order(world))).toBe('none')
    expect(world.rows(invoices).map(({ number }) => number)).toEqual([
      'RCP-2026-000001',
      'RCP-2027-000001',
      'INV-2027-000001',
    ])
  })
})

describe('a credit note', () => {
  it('is due for every refund of an invoiced payment, once each, at the rate of what it reduces', () => {
    const world = open()
    const payment = paid(world, order(world, { minor: 20_000n, taxRate: 8 }))
    const first = refunded(world, payment, 333n)
    expect(creditsDue(rowOf(world, payment), world.row(invoiced, payment))).toEqual([])
    expect(credit(world, payment, first)).toBe('payments.credit-without-invoice')
    issue(world, 'receipt', payment)
    const { number } = newest(world)
    const second = refunded(world, payment, 10_000n)
    expect(creditsDue(rowOf(world, payment), world.row(invoiced, payment)).map(({ id }) => id)).toEqual([first, second])
    expect(creditsDue(rowOf(world, payment), world.row(invoiced, payment)).map(mustCredit)).toEqual([false, true])
    expect(credit(world, payment, 'r-9')).toBe('payments.refund-unknown')
    expect(credit(world, payment, first)).toBe('none')
    expect(newest(world)).toMatchObject({
      ...{ kind: 'credit', number: 'CRN-2026-000001', of: number, soldDay: 20261121, refund: first, amount: 333 },
      ...{ qualified: true, rates: [{ rate: 8, gross: '333', net: '309', tax: '24' }], reason: '返品', ...to },
    })
    expect(credit(world, payment, first)).toBe('payments.credit-exists')
    expect(creditsDue(rowOf(world, payment), world.row(invoiced, payment)).map(({ id }) => id)).toEqual([second])
  })

  it('goes to whom the newest version is made out', () => {
    const world = open()
    const payment = paid(world, order(world))
    issue(world, 'receipt', payment)
    const old = newest(world)
    expect(reissue(world, old, { counterparty: '国税太郎', honorific: 'sama' })).toBe('none')
    const refund = refunded(world, payment, 100n)
    expect(refusalOf(() => world.submit(issueCreditNote, { payment, refund, of: old.key, reason: '返品' }))).toBe(
      'payments.changed',
    )
    expect(credit(world, payment, refund)).toBe('none')
    expect(newest(world)).toMatchObject({ counterparty: '国税太郎', honorific: 'sama', of: old.number })
  })
})

describe('a reissue', () => {
  it('keeps number, sums and days, counts its revision, and leaves the old one', () => {
    const world = open()
    issue(world, 'receipt', paid(world, order(world)))
    const first = newest(world)
    world.now += 86_400_000
    expect(reissue(world, first)).toBe('none')
    const second = newest(world)
    expect(second).toMatchObject({
      ...{ number: first.number, revision: 1, rates: first.rates, issuedDay: 20261121, reissuedDay: 20261122 },
      ...{ state: 'current', reason: '紛失' },
    })
    expect(world.row(invoices, first.key)).toEqual({ ...first, state: 'replaced', replacedBy: second.key })
    expect(reissue(world, first)).toBe('payments.invoice-replaced')
    expect(reissue(world, { ...first, key: '999999999999' as DocumentKey })).toBe('payments.invoice-unknown')
    expect(reissue(world, second)).toBe('none')
    expect(world.row(documentNumbers, 'RCP-2026')?.last).toBe(1)
  })
})

describe('any sequence of acts', () => {
  it('numbers each series from one without gaps, never two alike, and credits no refund twice', () => {
    const act = fc.oneof(
      fc.record({ did: fc.constantFrom('invoice' as const, 'receipt' as const), of: fc.nat(5) }),
      fc.record({ did: fc.constantFrom('pay' as const, 'refund' as const, 'credit' as const), of: fc.nat(5) }),
      fc.record({ did: fc.constant('reissue' as const), of: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const world = open()
        const all = Array.from({ length: 6 }, () => order(world))
        for (const { did, of } of acts) {
          const payment = all[of % all.length] as PaymentId
          const row = rowOf(world, payment)
          const document = world.rows(invoices)[of]
          if (did === 'pay' && row.captures.length === 0) paid(world, payment)
          if (did === 'refund' && BigInt(row.sums.captured) > BigInt(row.sums.refunded)) refunded(world, payment, 100n)
          if (did === 'invoice' || did === 'receipt') issue(world, did, payment)
          if (did === 'credit') credit(world, payment, row.refunds.at(-1)?.id ?? 'none')
          if (did === 'reissue' && document) reissue(world, document)
        }
        const rows = world.rows(invoices)
        for (const prefix of ['INV', 'RCP', 'CRN']) {
          const first = rows.filter(({ number, revision }) => number.startsWith(prefix) && revision === 0)
          expect(first.map(({ number }) => Number(number.slice(9)))).toEqual(first.map((_, nth) => nth + 1))
        }
        const versions = rows.map(({ number, revision }) => `${number}/${revision}`)
        expect(new Set(versions).size).toBe(versions.length)
        // Of each number one version stands.
        const current = rows.filter(({ state }) => state === 'current').map(({ number }) => number)
        expect([...current].sort()).toEqual([...new Set(rows.map(({ number }) => number as string))].sort())
        const credits = rows.filter(({ kind, revision }) => kind === 'credit' && revision === 0)
        expect(new Set(credits.map(({ refund }) => refund)).size).toBe(credits.length)
      }),
      { numRuns: 60 },
    )
  })
})
