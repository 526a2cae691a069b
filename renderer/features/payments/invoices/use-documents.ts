import { useQuery } from '@tanstack/react-query'
import { type InvoicedRow, invoiced } from '#protocol/payments-invoices.ts'
import { useWatched } from '../../../app/collection.ts'
import { desktop } from '../../../app/desktop.ts'

/** What was issued over these payments, by payment. undefined: not read yet. */
export const useInvoiced = (payments: readonly string[]): ReadonlyMap<string, InvoicedRow> | undefined => {
  useWatched(invoiced.name, 'row')
  return useQuery({
    queryKey: [invoiced.name, 'row', payments],
    queryFn: async () => {
      const rows = await Promise.all(
        payments.map(async (key) => (await desktop.rows.get({ collection: invoiced.name, key })) as unknown),
      )
      return new Map((rows as (InvoicedRow | null)[]).flatMap((row) => (row ? [[row.payment as string, row]] : [])))
    },
    refetchOnMount: 'always',
  }).data
}
