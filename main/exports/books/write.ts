import { createHash } from 'node:crypto'
import type { Desk } from '#main/link/desk.ts'
import type { Filter } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import {
  type BookNamesRow,
  type BookRange,
  type BooksPreview,
  type BookTotals,
  bookNames,
  type LeftOut,
  previewLimit,
  type RateRow,
  rates,
  usualNames,
  type Voucher,
} from '#protocol/payments-books.ts'
import { type PaymentRow, payments, type TransferRow, transfers } from '#protocol/payments-records.ts'
import type { DraftFile } from '../draft-file.ts'
import { totalOf } from '../rows-csv.ts'
import { formats } from './formats.ts'
import { eventOf, isReservation, voucherOf, type Wording } from './journal.ts'
import { ratesOf } from './yen.ts'

type Rows = Pick<Desk['rows'], 'get' | 'stream' | 'count'>

const filterOf = ({ from, to }: BookRange): Filter => ({
  ...{ collection: transfers.name, where: {}, text: '' },
  range: { field: 'day', from, to: to + 1 },
})

const collect = async <T>(rows: Rows, collection: string, signal: AbortSignal): Promise<readonly T[]> => {
  const found: T[] = []
  for await (const chunk of rows.stream({ collection, where: {}, range: null, text: '' }, false, signal)) {
    found.push(...(chunk as readonly unknown[] as readonly T[]))
  }
  return found
}

/** Transfers chunk by chunk, never parted within one event. */
async function* whole(rows: Rows, range: BookRange, signal: AbortSignal): AsyncGenerator<readonly TransferRow[]> {
  let rest: readonly TransferRow[] = []
  for await (const chunk of rows.stream(filterOf(range), false, signal)) {
    const all = [...rest, ...(chunk as readonly unknown[] as readonly TransferRow[])]
    const last = all.at(-1)
    const open = last === undefined ? all.length : all.findIndex((row) => eventOf(row) === eventOf(last))
    rest = all.slice(open)
    if (open > 0) yield all.slice(0, open)
  }
  if (rest.length > 0) yield rest
}

const paymentsOf = async (rows: Rows, of: readonly TransferRow[]): Promise<ReadonlyMap<string, PaymentRow | null>> => {
  const ids = [...new Set(of.map(({ payment }) => payment as string))].filter((id) => id !== '')
  const found = await Promise.all(ids.map((id) => rows.get(payments.name, id)))
  return new Map(ids.map((id, nth) => [id, found[nth] as unknown as PaymentRow | null]))
}

interface Step {
  /** Transfers gone through so far. */
  readonly rows: number
  readonly reservations: number
  readonly vouchers: readonly Voucher[]
  readonly leftOut: readonly LeftOut[]
}

/** The journal of a range in the order of the log, a chunk at a time. @throws LibralError `export.cancelled` */
async function* journal(rows: Rows, range: BookRange, signal: AbortSignal): AsyncGenerator<Step> {
  const names = (await rows.get(bookNames.name, range.program)) as unknown as BookNamesRow | null
  const wording: Wording = {
    program: range.program,
    names: names?.names ?? usualNames[range.program],
    rateOn: ratesOf(await collect<RateRow>(rows, rates.name, signal)),
  }
  let done = 0
  for await (const chunk of whole(rows, range, signal)) {
    const money = chunk.filter((row) => !isReservation(row))
    const known = await paymentsOf(rows, money)
    const made = [...Map.groupBy(money, eventOf).values()].map((group) =>
      voucherOf(group, known.get(group[0]?.payment ?? '') ?? null, wording),
    )
    done += chunk.length
    yield {
      rows: done,
      reservations: chunk.length - money.length,
      vouchers: made.flatMap((one) => ('voucher' in one ? [one.voucher] : [])),
      leftOut: made.flatMap((one) => ('leftOut' in one ? [one.leftOut] : [])),
    }
  }
  if (signal.aborted) throw new LibralError('export.cancelled')
}

/** Puts vouchers into a program's form and adds up what that made of them. */
const accountant = (range: BookRange) => {
  const format = formats[range.program]
  let [vouchers, lines, leftOut, replaced, shortened] = [0, 0, 0, 0, 0]
  let yen = 0n
  return {
    add: (step: Step): Uint8Array => {
      const texts = step.vouchers.map((voucher) => {
        for (const line of voucher.lines) yen += BigInt(line.yen)
        lines += voucher.lines.length
        const made = format.text(voucher)
        shortened += made.shortened
        return made.text
      })
      vouchers += step.vouchers.length
      leftOut += step.leftOut.length
      const encoded = format.encode(texts.join(''))
      replaced += encoded.replaced
      return encoded.bytes
    },
    totals: (): BookTotals => ({ vouchers, lines, yen: yen.toString(), leftOut, replaced, shortened }),
  }
}

/** Goes through a range as writing it would, and shows the first vouchers and what would be left out. */
export async function* previewBooks(rows: Rows, range: BookRange, signal: AbortSignal): AsyncGenerator<BooksPreview> {
  const books = accountant(range)
  const vouchers: Voucher[] = []
  const leftOut: LeftOut[] = []
  let reservations = 0
  for await (const step of journal(rows, range, signal)) {
    books.add(step)
    reservations += step.reservations
    vouchers.push(...step.vouchers.slice(0, previewLimit - vouchers.length))
    leftOut.push(...step.leftOut.slice(0, previewLimit - leftOut.length))
    yield { state: 'running', rows: step.rows }
  }
  yield { state: 'done', totals: books.totals(), reservations, vouchers, leftOut }
}

/** Tells the log of a file before it takes its name. */
export type RecordBooks = (file: BookRange & BookTotals & { readonly sha256: string }) => Promise<void>

/**
 * Writes the journal of a range in its program's form.
 * @param record where it throws, no file is left
 * @yields transfers so far; `total` is null where there are more than counting goes to
 */
export async function* writeBooks(
  draft: DraftFile,
  rows: Rows,
  range: BookRange,
  record: RecordBooks,
  signal: AbortSignal,
): AsyncGenerator<{ readonly rows: number; readonly total: number | null }, void> {
  const total = await totalOf(rows, filterOf(range))
  const books = accountant(range)
  const digest = createHash('sha256')
  const write = async (bytes: Uint8Array): Promise<void> => {
    digest.update(bytes)
    await draft.write(bytes)
  }
  const { heading, encode } = formats[range.program]
  if (heading !== '') await write(encode(heading).bytes)
  for await (const step of journal(rows, range, signal)) {
    const bytes = books.add(step)
    if (bytes.length > 0) await write(bytes)
    yield { rows: step.rows, total }
  }
  const totals = books.totals()
  if (totals.vouchers === 0) throw new LibralError('payments.books-empty')
  const { program, from, to } = range
  await record({ program, from, to, ...totals, sha256: digest.digest('hex') })
}
