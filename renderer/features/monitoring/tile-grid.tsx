import { clsx } from 'clsx'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Sample } from '#protocol/telemetry.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Status } from '../../ui/status.tsx'
import { type Tile, type TileState, tileIds, tileOf } from './tile.ts'

const historySeconds = 120

const edges: Readonly<Record<TileState, string>> = {
  ok: 'border-line',
  plain: 'border-line',
  unknown: 'border-line-strong border-dashed',
  warning: 'border-warning',
  bad: 'border-major',
}
const strokes: Readonly<Record<TileState, string>> = {
  ok: 'text-accent',
  plain: 'text-accent',
  unknown: 'text-off',
  warning: 'text-warning',
  bad: 'text-major',
}

const Judgement = ({ state }: { readonly state: TileState }) => {
  const { t } = useTranslation('monitoring')
  if (state === 'plain' || state === 'unknown') return null
  return <Status tone={state}>{t(`judgement.${state}`)}</Status>
}

interface TileCardProps {
  readonly tile: Tile
  /** Figures are no longer current. */
  readonly stale: boolean
  readonly large?: boolean
  /** The first figures are on their way. */
  readonly coming?: boolean
}

export const TileCard = memo(({ tile, stale, large = false, coming = false }: TileCardProps) => {
  const { t } = useTranslation('monitoring')
  const { figure, detail } = tile
  const absent = tile.idle ? 'tile.idle' : coming ? 'tile.coming' : 'tile.none'
  return (
    <article
      data-tile={tile.id}
      data-state={tile.state}
      aria-label={t(`tile.${tile.id}.name`)}
      className={clsx('flex min-w-0 flex-col rounded-lg border bg-surface px-4 pt-2.5 pb-2', edges[tile.state])}
    >
      <div className={clsx('flex items-center justify-between gap-2', large && 'text-[20px]')}>
        <h2 className="truncate text-muted">{t(`tile.${tile.id}.name`)}</h2>
        {!stale && <Judgement state={tile.state} />}
      </div>
      <p className={clsx('figure flex items-baseline gap-1 leading-tight', stale && 'text-faint')}>
        <span className={clsx('font-bold', large ? 'text-[56px]' : 'text-[26px]')}>{figure?.value ?? '–'}</span>
        <span className={large ? 'text-[24px] text-muted' : 'text-muted'}>{figure?.unit}</span>
      </p>
      <p className={clsx('min-h-5 truncate text-faint', large && 'min-h-8 text-[18px]')}>
        {figure === null ? t(absent) : t(`tile.${tile.id}.detail` as 'tile.none', { replace: { ...detail } })}
      </p>
      <div className={clsx('min-h-0', large ? 'flex-1 pt-3' : 'mt-1 h-7', strokes[tile.state], stale && 'opacity-50')}>
        <Sparkline values={tile.history} {...(tile.max !== undefined && { max: tile.max })} />
      </div>
    </article>
  )
})
TileCard.displayName = 'TileCard'

interface TileGridProps {
  readonly samples: readonly Sample[]
  readonly stale: boolean
  readonly coming: boolean
}

export const TileGrid = ({ samples, stale, coming }: TileGridProps) => (
  <div className="grid grid-cols-5 gap-3">
    {tileIds.map((id) => (
      <TileCard key={id} tile={tileOf(id, samples, historySeconds)} stale={stale} coming={coming} />
    ))}
  </div>
)
