import type { Filter } from '#protocol/desktop.ts'
import { type DocumentKind, documentKinds, invoices } from '#protocol/payments-invoices.ts'
import { dayNumber } from '../business-days.ts'

/** What the list of documents is narrowed to: 電子帳簿保存法 asks for days, amounts and counterparty, together. */
export interface InvoiceFilter {
  readonly kinds: readonly DocumentKind[]
  /** Days of the sale in JST, `2026-11-21`, both inclusive; empty: open. */
  readonly from: string
  readonly to: string
  /** Yen, both inclusive. */
  readonly least: number | null
  readonly most: number | null
  readonly text: string
  /** Versions that a reissue has replaced too. */
  readonly replaced: boolean
  readonly oldestFirst: boolean
}
export const noInvoiceFilter: InvoiceFilter = {
  ...{ kinds: [], from: '', to: '', least: null, most: null, text: '', replaced: false, oldestFirst: false },
}

const day = (text: string | null): string => (text !== null && dayNumber(text) !== null ? text : '')
const whole = (text: string | null): number | null =>
  text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null

/** Reads the address; what does not belong is dropped. */
export const parseInvoiceFilter = (search: string): InvoiceFilter => {
  const params = new URLSearchParams(search)
  const kinds = (params.get('kind') ?? '').split(',')
  return {
    kinds: documentKinds.filter((kind) => kinds.includes(kind)),
    from: day(params.get('from')),
    to: day(params.get('to')),
    least: whole(params.get('least')),
    most: whole(params.get('most')),
    text: (params.get('text') ?? '').slice(0, 200),
    replaced: params.get('old') === 'too',
    oldestFirst: params.get('order') === 'oldest',
  }
}
export const printInvoiceFilter = (filter: InvoiceFilter): string => {
  const params = new URLSearchParams()
  const put = (name: string, value: string): void => {
    if (value !== '') params.set(name, value)
  }
  put('kind', filter.kinds.join(','))
  put('from', filter.from)
  put('to', filter.to)
  put('least', filter.least === null ? '' : String(filter.least))
  put('most', filter.most === null ? '' : String(filter.most))
  put('text', filter.text)
  put('old', filter.replaced ? 'too' : '')
  put('order', filter.oldestFirst ? 'oldest' : '')
  return params.toString()
}
export const isNarrowedTo = (filter: InvoiceFilter): boolean =>
  printInvoiceFilter({ ...filter, oldestFirst: false, replaced: false }) !== ''

type Range = NonNullable<Filter['range']>
const rangeOf = (field: string, from: number | null, to: number | null): Range | null =>
  from === null && to === null ? null : { field, from, to: to === null ? null : to + 1 }

/** Everything at once: days and amounts are a range each. */
export const invoiceQuery = (filter: InvoiceFilter): Filter => {
  const days = rangeOf('day', dayNumber(filter.from), dayNumber(filter.to))
  const amounts = rangeOf('amount', filter.least, filter.most)
  return {
    collection: invoices.name,
    where: {
      ...(filter.kinds.length > 0 && { kind: [...filter.kinds] }),
      ...(!filter.replaced && { state: ['current'] }),
    },
    range: days ?? amounts,
    ...(days && amounts && { also: amounts }),
    text: filter.text,
  }
}
