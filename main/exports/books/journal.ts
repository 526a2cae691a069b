import { moneyText } from '#protocol/money.ts'
import type { ProviderName } from '#protocol/payments.ts'
import type { BookLine, BookNames, BookSlot, LeftOut, Program, RateRow, Voucher } from '#protocol/payments-books.ts'
import { type Account, merchantAccount, type TransferKind } from '#protocol/payments-ledger.ts'
import type { PaymentRow, TransferRow } from '#protocol/payments-records.ts'
import { isTaxRate } from '#protocol/payments-tax.ts'
import { providerNames } from '#protocol/payments-words.ts'
import { yenOf } from './yen.ts'

/** The journal of accounting programs, derived from transfers alone: pure. */

export interface Wording {
  readonly program: Program
  readonly names: BookNames
  /** The rate that counts on a business day. */
  readonly rateOn: (currency: string, day: number) => RateRow | undefined
}

/** Transfers of one event stand together, in key order: the number of their entry, and the event's within it. */
export const eventOf = ({ key }: Pick<TransferRow, 'key'>): string => key.slice(0, 16)
const numberOf = (event: string): string => {
  const [entry = '', nth = ''] = event.split('-')
  return Number(nth) === 0 ? String(Number(entry)) : `${Number(entry)}-${Number(nth)}`
}

/** Reservations are no money yet: they are in no journal. */
export const isReservation = ({ kind }: Pick<TransferRow, 'kind'>): boolean => kind === 'hold' || kind === 'release'

/** A transfer with the tax that was booked beside it. */
interface Gross {
  readonly kind: TransferKind
  readonly debit: Account
  readonly credit: Account
  readonly minor: bigint
  readonly tax: bigint
}

/**
 * Programs take an amount with its tax and say the tax beside it; our books keep them apart. So what was booked to `taxes`
 * joins the line before it, whose other side it shares.
 */
const grossOf = (transfers: readonly TransferRow[], merchant: Account): readonly Gross[] => {
  const lines: Gross[] = []
  for (const { kind, debit, credit, minor: text } of transfers) {
    const minor = BigInt(text)
    const sale = kind === 'capture' && credit === 'taxes'
    const back = kind === 'refund' && debit === 'taxes'
    const before = lines.at(-1)
    const joins =
      before?.kind === kind &&
      before.tax === 0n &&
      ((sale && before.debit === debit) || (back && before.credit === credit))
    if (joins) lines[lines.length - 1] = { ...before, minor: before.minor + minor, tax: minor }
    else if (sale) lines.push({ kind, debit, credit: merchant, minor, tax: minor })
    else if (back) lines.push({ kind, debit: 'refunds' as Account, credit, minor, tax: minor })
    else lines.push({ kind, debit, credit, minor, tax: 0n })
  }
  return lines
}

const sideOf = (account: Account, tax: string, { slots, merchantAsSub }: BookNames): BookLine['debit'] => {
  const [kind, code = ''] = account.split(':')
  const slot = slots[(kind === 'merchant' ? kind : account) as BookSlot]
  return { account: slot.account, sub: kind === 'merchant' && merchantAsSub ? code : slot.sub, tax }
}

const isFee = (account: Account): boolean => account.startsWith('fees:')

const kindWords: Readonly<Record<TransferKind, string>> = {
  hold: '与信',
  release: '与信の取消',
  capture: '売上',
  fee: '手数料',
  refund: '返金',
  'fee-back': '手数料の返還',
  dispute: '係争による保留',
  'dispute-won': '係争の解決',
  'dispute-lost': '係争による損失',
  manual: '手動仕訳',
}
const providerOf = ({ debit, credit }: TransferRow): ProviderName | undefined =>
  [debit, credit]
    .map((account) => account.split(':')[1])
    .find((name): name is ProviderName => Object.hasOwn(providerNames, name ?? ''))

/** What the line says beside its figures: who paid how, for what. Control characters become spaces. */
const textOf = (transfers: readonly TransferRow[], payment: PaymentRow | null, foreign: string): string => {
  const [first] = transfers
  if (first === undefined) return ''
  const provider = providerOf(first)
  const words = first.kind === 'manual' ? first.note : (payment?.title ?? '')
  const last4 = payment === null || payment.last4 === '' ? '' : `#${payment.last4}`
  return [provider === undefined ? '' : providerNames[provider], kindWords[first.kind], words, last4, foreign]
    .filter((part) => part !== '')
    .join(' ')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** Digits of yen that one line may have. */
const mostDigits: Readonly<Record<Program, number>> = { yayoi: 11, freee: 12 }

/**
 * The voucher of one event's transfers, or why there is none.
 * @param transfers of one event, in order; no reservations, at least one
 * @param payment the payment that they are of, for its tax rate; null: of none, or no longer here
 */
export const voucherOf = (
  transfers: readonly TransferRow[],
  payment: PaymentRow | null,
  { program, names, rateOn }: Wording,
): { readonly voucher: Voucher } | { readonly leftOut: LeftOut } => {
  const first = transfers[0]
  if (first === undefined) throw new RangeError('a voucher of nothing')
  const { day, currency } = first
  const about = { number: numberOf(eventOf(first)), day, payment: first.payment }
  const out = (reason: LeftOut['reason'], detail: string) => ({ leftOut: { ...about, reason, detail } })
  const taxed = transfers.some(({ kind }) => kind === 'capture' || kind === 'refund')
  if (taxed && payment === null) return out('payment-gone', first.payment)
  const taxRate = payment?.taxRate ?? 0
  if (taxed && !isTaxRate(taxRate)) return out('tax-rate', `${taxRate} %`)
  const sum = transfers.reduce((all, { minor }) => all + BigInt(minor), 0n)
  const rate = currency === 'JPY' ? null : rateOn(currency, day)
  if (rate === undefined) return out('no-rate', moneyText({ currency, minor: sum }))

  const taxWords = ({ kind, debit, credit }: Gross): readonly [string, string] => {
    const own = isTaxRate(taxRate) ? taxRate : 0
    if (kind === 'capture') return [names.none, names.sale[own]]
    if (kind === 'refund') return [names.refund[own], names.none]
    return [isFee(debit) ? names.fee : names.none, isFee(credit) ? names.fee : names.none]
  }
  const merchant = merchantAccount(payment?.merchant ?? 'main')
  const lines = grossOf(transfers, merchant).flatMap((one): BookLine[] => {
    const yen = yenOf(one.minor, currency, rate)
    if (yen === 0n) return []
    const tax = taxRate === 0 ? '' : yenOf(one.tax, currency, rate).toString()
    const [debitTax, creditTax] = taxWords(one)
    return [
      {
        kind: one.kind,
        debit: sideOf(one.debit, debitTax, names),
        credit: sideOf(one.credit, creditTax, names),
        yen: yen.toString(),
        debitTax: one.kind === 'refund' ? tax : '',
        creditTax: one.kind === 'capture' ? tax : '',
      },
    ]
  })
  if (lines.length === 0) return out('below-a-yen', moneyText({ currency, minor: sum }))
  const large = lines.find(({ yen }) => yen.length > mostDigits[program])
  if (large) return out('too-large', moneyText({ currency: 'JPY', minor: BigInt(large.yen) }))
  const foreign = rate === null ? '' : `${moneyText({ currency, minor: sum })} @${rate.yen}`
  return { voucher: { ...about, text: textOf(transfers, payment, foreign), lines } }
}
