// A virtual list cannot be a <table>: its rows are placed one by one. Focus stays on the grid, whose
// aria-activedescendant names the row, and the grid handles every key.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { clsx } from 'clsx'
import { memo, useCallback, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventRow as Row } from '#protocol/events.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { RowGrid } from '../../lists/row-grid.tsx'
import { EventRow, gridColumns, wideOnly } from './event-row.tsx'
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
  const { view, activeKey, selected, acknowledging } = props
  const { t } = useTranslation('events')
  const locale = useLocale()
  // The same for ever, so that a row is rendered again only when it says something else.
  const handlers = useRef(props)
  handlers.current = props
  const select = useCallback((row: Row, range: boolean) => handlers.current.onSelect(row, range), [])
  return (
    <RowGrid
      label={t('table')}
      rows={view.rows}
      keyOf={({ key }) => key}
      prefix="event-"
      active={activeKey}
      selected={selected}
      header={<HeaderRow />}
      cells={(row, active) => (
        <EventRow
          row={row}
          locale={locale}
          active={active}
          selected={selected.has(row.key)}
          acknowledging={acknowledging.has(row.key)}
          onSelect={select}
        />
      )}
      onActive={props.onActive}
      onOpen={props.onOpen}
      onSelect={select}
      onKey={props.onKey}
      onShown={view.setShown}
      onTop={props.onTop}
      onPointer={props.onPointer}
    />
  )
}
