// A virtual list cannot be a <table>: its rows are placed one by one.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
import { clsx } from 'clsx'
import { StickyNote } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewRow } from '#protocol/review.ts'
import { commandTitle } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import type { PagedRows } from '../../lists/paged-rows.ts'
import { RowGrid } from '../../lists/row-grid.tsx'
import { StandingMark } from './standing.tsx'

const gridColumns =
  'grid items-center gap-3 px-4 grid-cols-[64px_138px_minmax(0,1fr)_112px] ' +
  '@4xl:grid-cols-[72px_138px_120px_190px_36px_minmax(0,1fr)_48px_112px]'
const wideOnly = 'hidden @4xl:block truncate'

interface TimelineTableProps {
  readonly rows: PagedRows<ReviewRow>
  readonly active: string | null
  readonly onActive: (index: string) => void
  readonly onOpen: (index: string) => void
}

const columns = ['index', 'time', 'actor', 'command', 'risk', 'content', 'outcome', 'standing'] as const
const wideColumns: readonly string[] = ['actor', 'risk', 'content', 'outcome']

const HeaderRow = memo(() => {
  const { t } = useTranslation('review')
  return (
    <div role="row" aria-rowindex={1} className={clsx(gridColumns, 'h-8 border-line border-b bg-raised text-faint')}>
      {columns.map((column) => (
        <span key={column} role="columnheader" className={wideColumns.includes(column) ? wideOnly : undefined}>
          {t(`column.${column}`)}
        </span>
      ))}
    </div>
  )
})
HeaderRow.displayName = 'HeaderRow'

const Row = memo(({ row, active }: { readonly row: ReviewRow; readonly active: boolean }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  return (
    <div
      role="presentation"
      className={clsx(gridColumns, 'h-[32px] border-line border-b', active ? 'bg-selected' : 'hover:bg-hover')}
    >
      <span role="gridcell" className="figure text-right text-muted">
        {integer(row.index)}
      </span>
      <span role="gridcell" className="figure whitespace-nowrap text-muted">
        {dateTime(row.at)}
      </span>
      <span role="gridcell" className={wideOnly}>
        {actorName(row.actor)}
      </span>
      <span role="gridcell" className="truncate" title={row.command}>
        {row.command === '' ? t('unreadable') : commandTitle(row.command)}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')}>
        {row.risk !== null && t(`risk.${row.risk}`)}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')} title={row.excerpt}>
        {row.noted && (
          <StickyNote size={14} className="mr-1 inline text-accent" role="img" aria-label={t('column.note')} />
        )}
        {row.excerpt}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')}>
        {t(`outcome.${row.outcome}`)}
      </span>
      <span role="gridcell">
        <StandingMark standing={row.standing} />
      </span>
    </div>
  )
})
Row.displayName = 'Row'

/** Any number of entries; only those around the view are held. */
export const TimelineTable = ({ rows, active, onActive, onOpen }: TimelineTableProps) => {
  const { t } = useTranslation('review')
  return (
    <RowGrid
      label={t('timeline')}
      rows={rows}
      keyOf={({ index }) => String(index)}
      prefix="entry-"
      active={active}
      header={<HeaderRow />}
      cells={(row, chosen) => <Row row={row} active={chosen} />}
      onActive={onActive}
      onOpen={onOpen}
      onShown={(first, last) => rows.show(first, last)}
    />
  )
}
