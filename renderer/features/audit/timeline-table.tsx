// A virtual list cannot be a <table>: its rows are placed one by one. Focus stays on the grid, whose
// aria-activedescendant names the row, and the grid handles every key.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { useVirtualizer } from '@tanstack/react-virtual'
import { clsx } from 'clsx'
import { StickyNote } from 'lucide-react'
import { type KeyboardEvent, memo, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewRow } from '#protocol/review.ts'
import { commandTitle } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import { movedTo } from '../events/grid-keys.ts'
import type { PagedRows } from '../events/paged-rows.ts'
import { StandingMark } from './standing.tsx'

const gridColumns =
  'grid items-center gap-3 px-4 grid-cols-[64px_138px_minmax(0,1fr)_112px] ' +
  '@4xl:grid-cols-[72px_138px_120px_190px_36px_minmax(0,1fr)_48px_112px]'
const wideOnly = 'hidden @4xl:block truncate'
/** Pixels, as the virtual list places them. */
const rowHeight = 32
const idOf = (key: string): string => `entry-${key}`

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
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length + (rows.more && rows.ready ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => rows.show(first, last), [rows, first, last])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = active === null ? -1 : rows.indexOf(active)
    const to = movedTo(event.key, at, rows.length, Math.max(1, last - first - 24))
    if (to !== null) {
      event.preventDefault()
      virtual.scrollToIndex(to)
      const target = rows.at(to)
      if (target) onActive(String(target.index))
    } else if (event.key === 'Enter' && active !== null) {
      event.preventDefault()
      onOpen(active)
    }
  }

  return (
    <div className="@container flex h-full min-h-0 flex-col">
      <div
        ref={scroller}
        role="grid"
        aria-label={t('timeline')}
        aria-rowcount={rows.more ? -1 : rows.length + 1}
        aria-activedescendant={active === null || rows.indexOf(active) < 0 ? undefined : idOf(active)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="min-h-0 flex-1 overflow-y-auto bg-surface -outline-offset-2"
      >
        <div className="sticky top-0 z-10">
          <HeaderRow />
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows.at(item.index)
            return (
              <div
                key={row?.index ?? `at-${item.index}`}
                role="row"
                id={row && idOf(String(row.index))}
                aria-rowindex={item.index + 2}
                aria-selected={row && String(row.index) === active}
                data-index={row?.index}
                onClick={() => row && onOpen(String(row.index))}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row === undefined ? (
                  <div role="gridcell" className="flex h-[32px] items-center px-4">
                    <div className="skeleton h-4 w-full" />
                  </div>
                ) : (
                  <Row row={row} active={String(row.index) === active} />
                )}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
