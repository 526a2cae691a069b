import { ArrowDownUp, Download, Pause, Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { backendNow } from '../../app/clock.ts'
import { runExport } from '../../app/exports.ts'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktop, useDesktopState, usePermitted } from '../../app/streams.ts'
import { cappedCount, integer } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { follows } from '../../lists/live-tail.ts'
import { type RowKind, type RowsView, sameText, useRows } from '../../lists/use-rows.ts'
import { Button } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Partial } from '../../ui/states/note-line.tsx'
import { Empty, Failed, Loading, Offline } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { jstDay } from './business-days.ts'
import { FilterBar } from './filter-bar.tsx'
import { isNarrowed, type PaymentFilter, parseFilter, printFilter, queryOf } from './payment-filter.ts'
import { PaymentPage } from './payment-page.tsx'
import { PaymentTable } from './payment-table.tsx'
import { SavedFilters } from './saved-filters.tsx'

const kind: RowKind<PaymentRow> = {
  keyOf: (row) => row.payment,
  same: sameText,
  leaves: true,
}

/** What stands in the table's place, if anything does. */
const Instead = ({ view, narrowed }: { readonly view: RowsView<PaymentRow>; readonly narrowed: boolean }) => {
  const { t } = useTranslation('payments')
  const state = useDesktopState()
  const kept = state?.replica.collections['payments']?.state
  if (view.failure) return <Failed failure={view.failure} onRetry={view.retry} />
  if (!view.rows.ready) return <Loading rows={10} />
  if (kept === 'ready') {
    const what = narrowed ? 'narrowed' : 'title'
    return <Empty title={t(`none.${what}`)}>{t(narrowed ? 'none.narrowedHint' : 'none.hint')}</Empty>
  }
  const away = state?.link.state === 'waiting' || state?.link.state === 'stopped' || state?.link.state === 'idle'
  return away ? <Offline since={state.link.since} /> : <Loading rows={10} />
}

/** The list's address beside the page's own. */
const searchOf = (filter: PaymentFilter): string => {
  const printed = printFilter(filter)
  return printed === '' ? 'tab=list' : `tab=list&${printed}`
}

/** 一覧: payments, newest first, and one of them in the list's place once it is opened. */
export const ListTab = () => {
  const { key, search } = useLocation()
  const open = (payment: string | null): void => replacePlace({ page: 'payments', key: payment, search })
  return (
    <>
      {/* It stays where it was scrolled to while a payment is looked at. */}
      <div hidden={key !== null} className="min-h-0 flex-1">
        <PaymentList onOpen={open} />
      </div>
      {key !== null && <PaymentPage key={key} payment={key} onClose={() => open(null)} onOpen={open} />}
    </>
  )
}

const PaymentList = ({ onOpen }: { readonly onOpen: (payment: string) => void }) => {
  const { t } = useTranslation('payments')
  const locale = useLocale()
  const { search, key } = useLocation()
  const filter = useMemo(() => parseFilter(search), [search])
  const today = jstDay(backendNow())
  // 今日 is another day tomorrow, also where nobody touches the page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const query = useMemo(() => queryOf(filter, backendNow()), [filter, today])
  const [paused, setPaused] = useState(false)
  const [atTop, setAtTop] = useState(true)
  const [pointerInside, setPointerInside] = useState(false)
  const [active, setActive] = useState<string | null>(key)
  const mayExport = usePermitted('payments.export')
  const linked = useDesktop((state) => state?.link.state === 'live')
  const tail = { paused, oldestFirst: filter.oldestFirst, atTop, pointerInside }
  const view = useRows(query.filter, tail, kind)
  const change = (next: PaymentFilter): void => replacePlace({ page: 'payments', key, search: searchOf(next) })
  const fresh = integer(view.fresh.count)
  return (
    <div className="flex h-full flex-col gap-2">
      <FilterBar filter={filter} onChange={change} />
      {query.widened && <Partial text={t('filter.widened')} />}
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
        <span className="figure min-w-16 text-muted" role="status" aria-label={t('total')}>
          {view.count === null ? '' : cappedCount(locale, view.count)}
        </span>
        {view.fresh.count > 0 ? (
          <Button small look="primary" onClick={view.apply}>
            {t(view.fresh.capped ? 'tail.freshMore' : 'tail.fresh', { text: fresh })}
          </Button>
        ) : (
          !filter.oldestFirst && (
            <Status tone={linked && follows(tail) ? 'ok' : 'off'}>
              {t(!linked ? 'tail.offline' : paused ? 'tail.paused' : follows(tail) ? 'tail.live' : 'tail.held')}
            </Status>
          )
        )}
        <div className="ml-auto flex items-center gap-2">
          <SavedFilters search={printFilter(filter)} onChoose={(saved) => change(parseFilter(saved))} />
          {!filter.oldestFirst && (
            <Button
              small
              icon={paused ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />}
              aria-pressed={paused}
              onClick={() => setPaused(!paused)}
            >
              {t(paused ? 'tail.resume' : 'tail.pause')}
            </Button>
          )}
          <Button
            small
            icon={<ArrowDownUp size={14} aria-hidden="true" />}
            onClick={() => change({ ...filter, oldestFirst: !filter.oldestFirst })}
          >
            {t(filter.oldestFirst ? 'order.oldest' : 'order.newest')}
          </Button>
          <Explained reason={mayExport ? null : t('export.notPermitted')}>
            <Button
              small
              icon={<Download size={14} aria-hidden="true" />}
              aria-disabled={!mayExport}
              onClick={() =>
                mayExport && void runExport('csv', { filter: query.filter, descending: !filter.oldestFirst })
              }
            >
              {t('export.csv')}
            </Button>
          </Explained>
        </div>
      </div>
      <div className="min-h-0 flex-1">
        {view.rows.length === 0 ? (
          <Instead view={view} narrowed={isNarrowed(filter)} />
        ) : (
          <PaymentTable
            view={view}
            active={active}
            onActive={setActive}
            onOpen={(payment) => {
              setActive(payment)
              onOpen(payment)
            }}
            onTop={setAtTop}
            onPointer={setPointerInside}
          />
        )}
      </div>
    </div>
  )
}
