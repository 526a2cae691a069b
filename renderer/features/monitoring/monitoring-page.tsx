import { MonitorUp } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModuleRow } from '#protocol/hub.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { firstPaint } from '../../app/first-paint.ts'
import { useDesktopState } from '../../app/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Stale } from '../../ui/states/note-line.tsx'
import { Loading, Offline } from '../../ui/states/states.tsx'
import { usePainted } from './painted.ts'
import { ranges, useRange } from './range.ts'
import { TileGrid } from './tile-grid.tsx'
import { useInstanceSamples } from './use-instance.ts'

const Charts = lazy(async () => {
  await firstPaint
  return { default: (await import('./charts.tsx')).Charts }
})
const Panels = lazy(async () => {
  await firstPaint
  return { default: (await import('./panels.tsx')).Panels }
})

const staleAfterMs = 10_000

const RangeChoice = () => {
  const { t } = useTranslation('monitoring')
  const [range, choose] = useRange()
  return (
    <Segmented
      label={t('range.label')}
      value={range}
      options={ranges.map((value) => ({ value, label: t(`range.${value}`) }))}
      onChange={choose}
    />
  )
}

/** In the charts' place until the first second has come. */
const NoSamples = ({ since }: { readonly since: number | null }) => (
  <div className="rounded-lg border border-line bg-surface">
    {since === null ? <Loading rows={4} /> : <Offline since={since} />}
  </div>
)

/** How this machine and its services are, right now. */
export const MonitoringPage = () => {
  const { t } = useTranslation('monitoring')
  const { t: common } = useTranslation()
  const state = useDesktopState()
  const now = useNow()
  const { instances, instance, choose, samples } = useInstanceSamples()
  const modules = useList<ModuleRow>('hub.modules', { descending: false })
  const [range] = useRange()
  const newest = samples.at(-1)?.at
  const stale = newest !== undefined && now - newest + (state?.link.skewMs ?? 0) > staleAfterMs
  const link = state?.link
  const away = link?.state === 'waiting' || link?.state === 'stopped' || link?.state === 'idle'
  usePainted('monitoring', state !== null && (samples.length > 0 || modules.state !== 'loading'))
  return (
    <div className="flex h-full flex-col gap-3 overflow-y-auto px-5 py-4">
      <div className="flex flex-wrap items-center gap-4">
        <h1 className="font-bold text-[20px]">{common('page.monitoring')}</h1>
        {stale && <Stale at={newest} />}
        <div className="ml-auto flex items-center gap-3">
          {instances.length > 1 && instance !== null && (
            <Segmented
              label={t('instance.label')}
              value={instance}
              options={instances.map((value) => ({ value, label: value }))}
              onChange={choose}
            />
          )}
          <RangeChoice />
          <Button
            icon={<MonitorUp size={16} aria-hidden="true" />}
            onClick={() => void desktop.app.openWindow({ place: { page: 'monitoring', key: null }, wall: true })}
          >
            {t('wall.open')}
          </Button>
        </div>
      </div>
      <TileGrid samples={samples} stale={stale || (link !== undefined && link.state !== 'live')} coming={!away} />
      <Suspense fallback={<Loading rows={4} />}>
        {range === '5m' && samples.length === 0 ? (
          <NoSamples since={away ? link.since : null} />
        ) : (
          <Charts samples={samples} instance={instance} range={range} />
        )}
        <Panels modules={modules} instance={instance} />
      </Suspense>
    </div>
  )
}
