import { useTranslation } from 'react-i18next'
import type { AlertRow } from '#protocol/alerts.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { Connection } from '../../app/connection.tsx'
import { useDesktopState } from '../../app/streams.ts'
import { duration } from '../../format/duration.ts'
import { date, dateTime, time, weekday } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { SeverityShape } from '../../ui/severity.tsx'
import { StatusShape } from '../../ui/status.tsx'
import { useJudging } from '../alerts/use-judging.ts'
import { usePainted } from '../monitoring/painted.ts'
import { tileIds, tileOf } from '../monitoring/tile.ts'
import { TileCard } from '../monitoring/tile-grid.tsx'
import { useInstanceSamples } from '../monitoring/use-instance.ts'

const historySeconds = 300
const firing = { state: ['firing'] }
const shown = 4

const Clock = () => {
  const locale = useLocale()
  const now = useNow()
  return (
    <p className="figure text-right leading-none">
      <span className="mr-4 text-[22px] text-muted">
        {date(now)} {locale === 'ja' ? `（${weekday(locale, now)}）` : weekday(locale, now)}
      </span>
      <span className="font-bold text-[52px]">{time(now)}</span>
    </p>
  )
}

const Alert = ({ alert }: { readonly alert: AlertRow }) => {
  const { t } = useTranslation()
  const locale = useLocale()
  const now = useNow()
  return (
    <li className="flex items-center gap-4 rounded-lg border-2 border-major bg-surface px-5 py-2 text-[24px]">
      <SeverityShape severity={alert.severity} size={30} />
      <span className="font-bold">{t(`severity.${alert.severity}`)}</span>
      <span className="min-w-0 flex-1 truncate font-bold">{alert.name}</span>
      <span className="figure">{alert.value}</span>
      <span className="figure text-muted">{duration(locale, now - alert.firedAt)}</span>
    </li>
  )
}

const NotJudging = () => {
  const { t } = useTranslation('monitoring')
  if (useJudging()) return null
  return (
    <p role="alert" className="flex items-center gap-3 font-bold text-[24px] text-major">
      <StatusShape tone="bad" />
      {t('wall.notJudging')}
    </p>
  )
}

const Alerts = () => {
  const { t } = useTranslation('monitoring')
  const { t: common } = useTranslation()
  const judging = useJudging()
  const list = useList<AlertRow>('alerts', { where: firing, sort: 'firedAt', limit: 100 })
  if (list.state === 'denied') return null
  if (list.rows.length === 0) {
    if (list.state !== 'ready' || !judging) return null
    return (
      <p className="flex items-center gap-3 text-[22px] text-ok">
        <StatusShape tone="ok" />
        {t('wall.calm')}
      </p>
    )
  }
  const more = list.rows.length - shown
  return (
    <section aria-label={t('wall.firing')} className="flex flex-col gap-2">
      <ul className="grid grid-cols-2 gap-3">
        {list.rows.slice(0, shown).map((alert) => (
          <Alert key={alert.key} alert={alert} />
        ))}
      </ul>
      {more > 0 && <p className="text-[20px] text-major">{common('more', { count: more })}</p>}
    </section>
  )
}

/** Read from across a room: large figures, what is firing, the time. Nothing to click. */
export const WallView = () => {
  const { t } = useTranslation('monitoring')
  const { t: common } = useTranslation()
  const state = useDesktopState()
  const { samples } = useInstanceSamples()
  usePainted('monitoring', state !== null)
  const live = state?.link.state === 'live'
  return (
    <main className="flex h-full flex-col gap-5 p-6">
      <h1 className="sr-only">{t('wall.title')}</h1>
      <header className="flex items-center gap-6">
        <p className="font-bold text-[30px]">{state?.deployment.name}</p>
        <div className="text-[22px]">{state && <Connection link={state.link} />}</div>
        {state && !live && state.link.currentAt !== null && (
          <p className="text-[22px] text-warning">{common('state.stale', { at: dateTime(state.link.currentAt) })}</p>
        )}
        <div className="flex-1" />
        <Clock />
      </header>
      <NotJudging />
      <Alerts />
      <div className="grid min-h-0 flex-1 auto-rows-fr grid-cols-5 gap-4">
        {tileIds.map((id) => (
          <TileCard key={id} tile={tileOf(id, samples, historySeconds)} stale={!live} coming={state !== null} large />
        ))}
      </div>
    </main>
  )
}
