import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentKinds } from '#protocol/payments-invoices.ts'
import { invoiceQuery, isNarrowedTo, noInvoiceFilter, parseInvoiceFilter, printInvoiceFilter } from './filter.ts'

const amount = fc.option(fc.nat(999_999_999), { nil: null })
const day = fc.constantFrom('', '2026-01-31', '2026-11-21')
const filters = fc.record({
  kinds: fc.subarray([...documentKinds]),
  ...{ from: day, to: day, least: amount, most: amount },
  text: fc.string({ maxLength: 40 }),
  replaced: fc.boolean(),
  oldestFirst: fc.boolean(),
})

describe('the filter of documents', () => {
  it('comes back from the address as it went there', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseInvoiceFilter(printInvoiceFilter(filter))).toEqual(filter)
      }),
    )
    expect(parseInvoiceFilter('from=2026-02-30&least=1.5&kind=bill&old=no')).toEqual(noInvoiceFilter)
  })

  it('asks for days, amounts and counterparty together', () => {
    const asked = { ...noInvoiceFilter, from: '2026-11-01', to: '2026-11-30', least: 1_000, most: 5_000, text: '国税' }
    expect(invoiceQuery(asked)).toEqual({
      ...{ collection: 'payments.invoices', where: { state: ['current'] }, text: '国税' },
      range: { field: 'day', from: 20261101, to: 20261131 },
      also: { field: 'amount', from: 1_000, to: 5_001 },
    })
    expect(invoiceQuery({ ...noInvoiceFilter, most: 5_000, replaced: true, kinds: ['credit'] })).toEqual({
      ...{ collection: 'payments.invoices', where: { kind: ['credit'] }, text: '' },
      range: { field: 'amount', from: null, to: 5_001 },
    })
    expect([isNarrowedTo(noInvoiceFilter), isNarrowedTo(asked)]).toEqual([false, true])
  })
})
