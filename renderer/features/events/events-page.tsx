import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventRow } from '#protocol/events.ts'
import { backendNow } from '../../app/clock.ts'
import { runExport } from '../../app/exports.ts'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktop, useDesktopState, usePermitted } from '../../app/streams.ts'
import { integer } from '../../format/number.ts'
import { follows } from '../../lists/live-tail.ts'
import { NoteDialog } from '../../ui/note-dialog.tsx'
import { Partial, Stale } from '../../ui/states/note-line.tsx'
import { Empty, Failed, Loading, NotPermitted, Offline } from '../../ui/states/states.tsx'
import { acknowledge, useAcknowledging } from './acknowledging.ts'
import { DetailsPane } from './details-pane.tsx'
import { type EventFilter, isNarrowed, parseFilter, printFilter, queryOf } from './event-filter.ts'
import { EventTable } from './event-table.tsx'
import { FilterBar } from './filter-bar.tsx'
import { HandoverPanel } from './handover-panel.tsx'
import { useSelection } from './selection.ts'
import { Toolbar } from './toolbar.tsx'
import { type EventsView, useEvents } from './use-events.ts'

/** What stands in the table's place, if anything does. */
const Instead = ({ view, narrowed }: { readonly view: EventsView; readonly narrowed: boolean }) => {
  const { t } = useTranslation('events')
  const state = useDesktopState()
  const kept = state?.replica.collections['events']?.state
  if (kept === 'denied') return <NotPermitted />
  if (view.failure) return <Failed failure={view.failure} onRetry={view.retry} />
  if (!view.rows.ready) return <Loading rows={10} />
  if (narrowed) return <Empty title={t('none.narrowed')}>{t('none.narrowedHint')}</Empty>
  if (kept === 'ready') return <Empty title={t('none.title')}>{t('none.hint')}</Empty>
  const away = state?.link.state === 'waiting' || state?.link.state === 'stopped' || state?.link.state === 'idle'
  return away ? <Offline since={state.link.since} /> : <Loading rows={10} />
}

const Currency = () => {
  const { t } = useTranslation()
  const loading = useDesktop((state) => state?.replica.collections['events']?.state === 'loading')
  const staleSince = useDesktop((state) => (state?.link.state === 'live' ? null : (state?.link.currentAt ?? null)))
  if (loading) return <Partial text={t('state.syncing')} />
  return staleSince === null ? null : <Stale at={staleSince} />
}

interface Asked {
  readonly keys: readonly string[]
}

/** Everything that happened, newest first. */
export const EventsPage = () => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const { search, key } = useLocation()
  const filter = useMemo(() => parseFilter(search), [search])
  const query = useMemo(() => queryOf(filter, backendNow()), [filter])
  const [paused, setPaused] = useState(false)
  const [atTop, setAtTop] = useState(true)
  const [pointerInside, setPointerInside] = useState(false)
  const [handover, setHandover] = useState(false)
  const [cursor, setCursor] = useState<string | null>(key)
  const [asked, ask] = useState<Asked | null>(null)
  const tail = { paused, oldestFirst: filter.oldestFirst, atTop, pointerInside }
  const view = useEvents(query, tail)
  const selection = useSelection(view)
  const acknowledging = useAcknowledging()
  const permitted = usePermitted('events.acknowledge')

  const change = useCallback(
    (next: EventFilter): void => replacePlace({ page: 'events', key, search: printFilter(next) }),
    [key],
  )
  const open = (next: string | null): void => {
    if (next !== null) setCursor(next)
    replacePlace({ page: 'events', key: next, search })
  }
  const askFor = (rows: readonly EventRow[]): void => {
    const keys = rows.filter((row) => row.state === 'open' && !acknowledging.has(row.key)).map((row) => row.key)
    if (permitted && keys.length > 0) ask({ keys })
  }
  const askForChosen = (): void => {
    const active = cursor === null ? undefined : view.rows.at(view.rows.indexOf(cursor))
    askFor(selection.rows.length > 0 ? selection.rows : active ? [active] : [])
  }
  const onKey = (pressed: string): void => {
    if (pressed === 'a') askForChosen()
    if (pressed === 'p') setPaused(!paused)
    if (pressed === 'Escape') {
      if (selection.keys.size > 0) selection.clear()
      else open(null)
    }
  }
  return (
    <div className="flex h-full">
      <div className="flex min-w-0 flex-1 flex-col gap-3 pt-4">
        <div className="flex items-center gap-4 px-5">
          <h1 className="font-bold text-[20px]">{common('page.events')}</h1>
          <Currency />
        </div>
        <div className="flex flex-col gap-2 px-5">
          <FilterBar filter={filter} onChange={change} />
          <Toolbar
            count={view.count}
            fresh={view.fresh}
            paused={paused}
            following={follows(tail)}
            oldestFirst={filter.oldestFirst}
            selected={selection.keys.size}
            handover={handover}
            onApply={view.apply}
            onPause={() => setPaused(!paused)}
            onOrder={() => change({ ...filter, oldestFirst: !filter.oldestFirst })}
            onAcknowledge={() => askFor(selection.rows)}
            onClearSelection={selection.clear}
            onExport={() => void runExport('csv', { filter: query, descending: !filter.oldestFirst })}
            onHandover={() => setHandover(!handover)}
          />
        </div>
        <div className="min-h-0 flex-1">
          {view.rows.length === 0 ? (
            <Instead view={view} narrowed={isNarrowed(filter)} />
          ) : (
            <EventTable
              view={view}
              activeKey={cursor}
              selected={selection.keys}
              acknowledging={acknowledging}
              onActive={setCursor}
              onOpen={open}
              onSelect={selection.toggle}
              onKey={onKey}
              onTop={setAtTop}
              onPointer={setPointerInside}
            />
          )}
        </div>
      </div>
      {key !== null && !handover && (
        <DetailsPane
          eventKey={key}
          acknowledging={acknowledging.has(key)}
          onClose={() => open(null)}
          onAcknowledge={(row) => askFor([row])}
          onCorrelation={(correlation) => change({ ...filter, correlation })}
        />
      )}
      {handover && <HandoverPanel onClose={() => setHandover(false)} />}
      {asked && (
        <NoteDialog
          title={t('acknowledge.title')}
          description={t('acknowledge.text', { text: integer(asked.keys.length) })}
          action={t('acknowledge.action')}
          onCancel={() => ask(null)}
          onDone={(note) => {
            ask(null)
            selection.clear()
            void acknowledge(asked.keys, note)
          }}
        />
      )}
    </div>
  )
}
