// A virtual list cannot be a <table>: its rows are placed one by one. Focus stays on the grid, whose
// aria-activedescendant names the row, and the grid handles every key.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { useVirtualizer } from '@tanstack/react-virtual'
import { clsx } from 'clsx'
import { type KeyboardEvent, memo, useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventRow as Row } from '#protocol/events.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { EventRow, gridColumns, rowHeight, wideOnly } from './event-row.tsx'
import { movedTo } from './grid-keys.ts'
import type { EventsView } from './use-events.ts'

interface EventTableProps {
  readonly view: EventsView
  readonly activeKey: string | null
  readonly selected: ReadonlySet<string>
  readonly acknowledging: ReadonlySet<string>
  readonly onActive: (key: string) => void
  readonly onOpen: (key: string | null) => void
  readonly onSelect: (row: Row, range: boolean) => void
  readonly onKey: (key: string) => void
  readonly onTop: (atTop: boolean) => void
  readonly onPointer: (inside: boolean) => void
}

const idOf = (key: string): string => `event-${key}`

const HeaderRow = memo(() => {
  const { t } = useTranslation('events')
  return (
    <div role="row" aria-rowindex={1} className={clsx(gridColumns, 'h-8 border-line border-y bg-raised text-faint')}>
      <span role="columnheader">
        <span className="sr-only">{t('column.select')}</span>
      </span>
      {(['time', 'severity', 'category', 'text'] as const).map((column) => (
        <span key={column} role="columnheader" className={column === 'category' ? wideOnly : undefined}>
          {t(`column.${column}`)}
        </span>
      ))}
      <span role="columnheader" className={wideOnly}>
        {t('column.module')}
      </span>
      <span role="columnheader" className={wideOnly}>
        {t('column.actor')}
      </span>
      <span role="columnheader">{t('column.state')}</span>
    </div>
  )
})
HeaderRow.displayName = 'HeaderRow'

export const EventTable = (props: EventTableProps) => {
  const { view, activeKey } = props
  const { t } = useTranslation('events')
  const locale = useLocale()
  const scroller = useRef<HTMLDivElement>(null)
  const { rows } = view
  const virtual = useVirtualizer({
    count: rows.length + (rows.more && rows.ready ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  // The same for ever, so that a row is rendered again only when it says something else.
  const handlers = useRef(props)
  handlers.current = props
  const select = useCallback((row: Row, range: boolean) => handlers.current.onSelect(row, range), [])
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const { setShown } = view
  const show = useRef(setShown)
  show.current = setShown
  useEffect(() => show.current(first, last), [first, last])
  const head = rows.headKey
  const atTop = useRef(true)
  // Told by the last scroll event: asking the element for it would lay out the whole page at every new row.
  const scrolled = useRef(0)
  useEffect(() => {
    if (head !== null && atTop.current && scrolled.current > 0) scroller.current?.scrollTo({ top: 0 })
  }, [head])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = activeKey === null ? -1 : rows.indexOf(activeKey)
    const to = movedTo(event.key, at, rows.length, Math.max(1, last - first - 24))
    const target = to === null ? undefined : rows.at(to)
    if (to !== null) {
      event.preventDefault()
      virtual.scrollToIndex(to)
      if (target) props.onActive(target.key)
      return
    }
    const row = at < 0 ? undefined : rows.at(at)
    if (event.key === 'Enter' && row) props.onOpen(row.key)
    else if (event.key === ' ' && row) props.onSelect(row, event.shiftKey)
    else {
      props.onKey(event.key)
      return
    }
    event.preventDefault()
  }

  return (
    <div className="@container flex h-full min-h-0 flex-col">
      <div
        ref={scroller}
        role="grid"
        aria-label={t('table')}
        aria-rowcount={rows.more ? -1 : rows.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={activeKey === null ? undefined : idOf(activeKey)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerEnter={() => props.onPointer(true)}
        onPointerLeave={() => props.onPointer(false)}
        onScroll={(event) => {
          scrolled.current = event.currentTarget.scrollTop
          const top = scrolled.current < rowHeight / 2
          if (top !== atTop.current) props.onTop(top)
          atTop.current = top
        }}
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
                key={row?.key ?? `index-${item.index}`}
                role="row"
                id={row && idOf(row.key)}
                aria-rowindex={item.index + 2}
                aria-selected={row && props.selected.has(row.key)}
                data-key={row?.key}
                onClick={() => row && props.onOpen(row.key)}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row === undefined ? (
                  <div role="gridcell" className="flex h-[32px] items-center px-4">
                    <div className="skeleton h-4 w-full" />
                  </div>
                ) : (
                  <EventRow
                    row={row}
                    locale={locale}
                    active={row.key === activeKey}
                    selected={props.selected.has(row.key)}
                    acknowledging={props.acknowledging.has(row.key)}
                    onSelect={select}
                  />
                )}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
