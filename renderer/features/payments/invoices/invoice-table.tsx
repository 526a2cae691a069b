// A virtual list cannot be a <table>: its rows are placed one by one.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
import { clsx } from 'clsx'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { InvoiceRow } from '#protocol/payments-invoices.ts'
import { RowGrid } from '../../../lists/row-grid.tsx'
import type { RowsView } from '../../../lists/use-rows.ts'
import { slashedDay } from '../business-days.ts'
import { DocumentState } from './document-state.tsx'
import { useYen } from './words.ts'

const gridColumns =
  'grid items-center gap-3 px-4 grid-cols-[92px_96px_150px_minmax(0,1fr)_120px] ' +
  '@5xl:grid-cols-[92px_96px_150px_minmax(0,1fr)_120px_92px_132px]'
const wideOnly = 'hidden @5xl:block truncate'

const Header = memo(() => {
  const { t } = useTranslation('invoices')
  return (
    <div role="row" aria-rowindex={1} className={clsx(gridColumns, 'h-8 border-line border-y bg-raised text-faint')}>
      <span role="columnheader">{t('column.day')}</span>
      <span role="columnheader">{t('column.kind')}</span>
      <span role="columnheader">{t('column.number')}</span>
      <span role="columnheader">{t('column.counterparty')}</span>
      <span role="columnheader" className="text-right">
        {t('column.amount')}
      </span>
      <span role="columnheader" className={wideOnly}>
        {t('column.issued')}
      </span>
      <span role="columnheader" className={wideOnly}>
        {t('column.state')}
      </span>
    </div>
  )
})
Header.displayName = 'Header'

const Cells = memo(({ row, active }: { readonly row: InvoiceRow; readonly active: boolean }) => {
  const { t } = useTranslation('invoices')
  const yen = useYen()
  return (
    <div
      role="presentation"
      className={clsx(
        gridColumns,
        'h-[32px] border-line border-b',
        active ? 'bg-selected' : 'hover:bg-hover',
        row.state === 'replaced' && 'text-faint',
      )}
    >
      <span role="gridcell" className="figure whitespace-nowrap">
        {slashedDay(row.day)}
      </span>
      <span role="gridcell">{t(`kind.${row.kind}`)}</span>
      <span role="gridcell" className="figure whitespace-nowrap text-muted">
        {row.number}
      </span>
      <span role="gridcell" className="truncate" title={row.counterparty}>
        {row.counterparty}
      </span>
      <span role="gridcell" className="figure truncate text-right">
        {yen(row.amount)}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'figure text-muted')}>
        {slashedDay(row.reissuedDay ?? row.issuedDay)}
      </span>
      <span role="gridcell" className={wideOnly}>
        <DocumentState row={row} />
      </span>
    </div>
  )
})
Cells.displayName = 'Cells'

interface InvoiceTableProps {
  readonly view: RowsView<InvoiceRow>
  readonly active: string | null
  readonly onActive: (key: string) => void
  readonly onOpen: (key: string) => void
  readonly onTop: (atTop: boolean) => void
  readonly onPointer: (inside: boolean) => void
}

export const InvoiceTable = ({ view, ...rest }: InvoiceTableProps) => {
  const { t } = useTranslation('invoices')
  return (
    <RowGrid
      label={t('table')}
      rows={view.rows}
      keyOf={(row) => row.key}
      prefix="invoice-"
      header={<Header />}
      cells={(row, active) => <Cells row={row} active={active} />}
      onShown={view.setShown}
      {...rest}
    />
  )
}
