// A virtual list cannot be a <table>: its rows are placed one by one.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
import { clsx } from 'clsx'
import { CircleAlert } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { dateTime } from '../../format/instant.ts'
import { RowGrid } from '../../lists/row-grid.tsx'
import type { RowsView } from '../../lists/use-rows.ts'
import { StateMark } from './state-mark.tsx'
import { useMoney, useProviderLabel } from './words.ts'

const gridColumns =
  'grid items-center gap-3 px-4 grid-cols-[138px_104px_92px_minmax(0,1fr)] ' +
  '@3xl:grid-cols-[138px_112px_120px_112px_minmax(0,1fr)_60px] ' +
  '@5xl:grid-cols-[138px_112px_120px_112px_112px_minmax(0,1fr)_72px]'
const halfWide = 'hidden @3xl:block truncate'
const wideOnly = 'hidden @5xl:block truncate'

const Header = memo(() => {
  const { t } = useTranslation('payments')
  return (
    <div role="row" aria-rowindex={1} className={clsx(gridColumns, 'h-8 border-line border-y bg-raised text-faint')}>
      <span role="columnheader">{t('column.at')}</span>
      <span role="columnheader">{t('column.state')}</span>
      <span role="columnheader" className="text-right">
        {t('column.amount')}
      </span>
      <span role="columnheader" className={clsx(wideOnly, 'text-right')}>
        {t('column.refunded')}
      </span>
      <span role="columnheader" className={halfWide}>
        {t('column.provider')}
      </span>
      <span role="columnheader">{t('column.title')}</span>
      <span role="columnheader" className={clsx(halfWide, 'text-right')}>
        {t('column.last4')}
      </span>
    </div>
  )
})
Header.displayName = 'Header'

const Cells = memo(({ row, active }: { readonly row: PaymentRow; readonly active: boolean }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const provider = useProviderLabel()
  const { sums } = row
  return (
    <div
      role="presentation"
      className={clsx(gridColumns, 'h-[32px] border-line border-b', active ? 'bg-selected' : 'hover:bg-hover')}
    >
      <span role="gridcell" className="figure whitespace-nowrap text-muted">
        {dateTime(row.at)}
      </span>
      <span role="gridcell">
        <StateMark state={row.state} />
      </span>
      <span role="gridcell" className="figure truncate text-right">
        {amount(row.currency, row.amount)}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'figure text-right text-muted')}>
        {sums.refunded === '0' ? '' : amount(row.currency, sums.refunded)}
      </span>
      <span role="gridcell" className={clsx(halfWide, 'text-muted')}>
        {provider(row.provider)}
      </span>
      <span role="gridcell" className="flex min-w-0 items-center gap-2">
        {row.cases > 0 && (
          <span className="inline-flex shrink-0 items-center gap-1 font-bold text-warning">
            <CircleAlert size={14} aria-hidden="true" />
            {t('needsWork')}
          </span>
        )}
        <span className="truncate" title={row.title}>
          {row.title}
          {row.note !== '' && <span className="ml-2 text-faint">{row.note}</span>}
        </span>
      </span>
      <span role="gridcell" className={clsx(halfWide, 'text-right font-mono text-muted')}>
        {row.last4}
      </span>
    </div>
  )
})
Cells.displayName = 'Cells'

interface PaymentTableProps {
  readonly view: RowsView<PaymentRow>
  readonly active: string | null
  readonly onActive: (key: string) => void
  readonly onOpen: (key: string) => void
  readonly onTop: (atTop: boolean) => void
  readonly onPointer: (inside: boolean) => void
}

export const PaymentTable = ({ view, ...rest }: PaymentTableProps) => {
  const { t } = useTranslation('payments')
  return (
    <RowGrid
      label={t('table')}
      rows={view.rows}
      keyOf={(row) => row.payment}
      prefix="payment-"
      header={<Header />}
      cells={(row, active) => <Cells row={row} active={active} />}
      onShown={view.setShown}
      {...rest}
    />
  )
}
