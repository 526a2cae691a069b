import { useTranslation } from 'react-i18next'
import { DataTable } from '../../../ui/data-table.tsx'
import { useDocumentWords, useYen } from './words.ts'

interface RateLine {
  readonly rate: number
  readonly gross: bigint | string
  readonly net: bigint | string
  readonly tax: bigint | string
}

/** What one rate applies to, and the tax within it; with the whole below where there are several. */
export const RatesTable = ({ rates }: { readonly rates: readonly RateLine[] }) => {
  const { t } = useTranslation('invoices')
  const yen = useYen()
  const words = useDocumentWords()
  const sum = (of: 'gross' | 'net' | 'tax') => rates.reduce((all, one) => all + BigInt(one[of]), 0n)
  const rows = [
    ...rates.map((one) => ({ ...one, label: words.rate(one.rate) })),
    ...(rates.length > 1
      ? [{ rate: -1, label: t('rates.total'), gross: sum('gross'), net: sum('net'), tax: sum('tax') }]
      : []),
  ]
  return (
    <DataTable
      label={t('rates.table')}
      rows={rows}
      rowKey={({ rate }) => String(rate)}
      columns={[
        { id: 'rate', title: t('rates.rate'), cell: ({ label }) => label },
        { id: 'gross', title: t('rates.gross'), right: true, cell: ({ gross }) => yen(gross) },
        { id: 'net', title: t('rates.net'), right: true, cell: ({ net }) => yen(net) },
        { id: 'tax', title: t('rates.tax'), right: true, cell: ({ tax }) => yen(tax) },
      ]}
    />
  )
}
