// A virtual list cannot be a <table>: its rows are placed one by one. Focus stays on the grid, whose
// aria-activedescendant names the row, and the grid handles every key.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { clsx } from 'clsx'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventRow as Row } from '#protocol/events.ts'
import type { Locale } from '#protocol/notices.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName, useModuleName } from '../../i18n/names.ts'
import { SeverityMark } from '../../ui/severity.tsx'
import { Status } from '../../ui/status.tsx'
import { eventText } from './event-text.ts'

/** Shared with the header row: category, module and operator give way when the table is narrow. */
export const gridColumns =
  'grid items-center gap-3 px-4 grid-cols-[18px_138px_82px_minmax(0,1fr)_98px] ' +
  '@4xl:grid-cols-[18px_138px_82px_60px_minmax(0,1fr)_72px_114px_98px]'
export const wideOnly = 'hidden @4xl:block truncate'

interface EventRowProps {
  readonly row: Row
  readonly locale: Locale
  readonly active: boolean
  readonly selected: boolean
  /** Its acknowledgement is on its way. */
  readonly acknowledging: boolean
  readonly onSelect: (row: Row, range: boolean) => void
}

const State = ({ row, acknowledging }: { readonly row: Row; readonly acknowledging: boolean }) => {
  const { t } = useTranslation('events')
  if (row.state === 'none') return <span className="text-faint">–</span>
  if (row.state === 'acknowledged') return <Status tone="ok">{t('state.acknowledged')}</Status>
  return (
    <Status tone={acknowledging ? 'busy' : 'warning'}>{t(acknowledging ? 'state.acknowledging' : 'state.open')}</Status>
  )
}

/** The cells of a row. Its place is its parent's: where it stands changes with every event, what it says does not. */
export const EventRow = memo((props: EventRowProps) => {
  const { row, locale, active, selected } = props
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const moduleName = useModuleName()
  const actorName = useActorName()
  const text = eventText(locale, row)
  return (
    <div
      role="presentation"
      className={clsx(
        gridColumns,
        'h-[32px] border-line border-b',
        active ? 'bg-selected' : selected ? 'bg-raised' : 'hover:bg-hover',
      )}
    >
      <span role="gridcell" className="flex items-center">
        {row.state === 'open' && (
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t('selectRow', { text })}
            checked={selected}
            onChange={() => undefined}
            onClick={(event) => {
              event.stopPropagation()
              props.onSelect(row, event.shiftKey)
            }}
            className="block size-4 accent-accent-fill"
          />
        )}
      </span>
      <span role="gridcell" className="figure whitespace-nowrap text-muted">
        {dateTime(row.at)}
      </span>
      <span role="gridcell" className="flex items-center">
        <SeverityMark severity={row.severity} />
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')}>
        {common(`category.${row.category}`)}
      </span>
      <span role="gridcell" className="truncate" title={text}>
        {text}
        {row.detail !== '' && <span className="ml-2 text-faint">{row.detail}</span>}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')}>
        {moduleName(row.module)}
      </span>
      <span role="gridcell" className={clsx(wideOnly, 'text-muted')}>
        {actorName(row.actor)}
      </span>
      <span role="gridcell" className="flex items-center">
        <State row={row} acknowledging={props.acknowledging} />
      </span>
    </div>
  )
})
EventRow.displayName = 'EventRow'
