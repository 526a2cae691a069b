import { ArrowDownUp, Check, Download, NotebookPen, Pause, Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useReadsOnly } from '../../app/streams.ts'
import { cappedCount, integer } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import type { Fresh } from '../../lists/live-tail.ts'
import { Button } from '../../ui/button.tsx'
import { Status } from '../../ui/status.tsx'

interface ToolbarProps {
  readonly count: { readonly count: number; readonly capped: boolean } | null
  readonly fresh: Fresh
  readonly paused: boolean
  readonly following: boolean
  readonly oldestFirst: boolean
  readonly selected: number
  readonly handover: boolean
  readonly onApply: () => void
  readonly onPause: () => void
  readonly onOrder: () => void
  readonly onAcknowledge: () => void
  readonly onClearSelection: () => void
  readonly onExport: () => void
  readonly onHandover: () => void
}

const Tail = ({ paused, following, oldestFirst, fresh, onApply }: ToolbarProps) => {
  const { t } = useTranslation('events')
  if (fresh.count > 0) {
    const text = integer(fresh.count)
    return (
      <Button small look="primary" onClick={onApply}>
        {t(fresh.capped ? 'tail.freshMore' : 'tail.fresh', { text })}
      </Button>
    )
  }
  if (oldestFirst) return null
  if (paused) return <Status tone="off">{t('tail.paused')}</Status>
  return <Status tone={following ? 'ok' : 'off'}>{t(following ? 'tail.live' : 'tail.held')}</Status>
}

export const Toolbar = (props: ToolbarProps) => {
  const readsOnly = useReadsOnly()
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const locale = useLocale()
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
      {props.selected > 0 ? (
        <>
          <span className="whitespace-nowrap font-bold">{t('selection.count', { text: integer(props.selected) })}</span>
          {!readsOnly && (
            <Button small look="primary" icon={<Check size={14} aria-hidden="true" />} onClick={props.onAcknowledge}>
              {t('acknowledge.action')}
            </Button>
          )}
          <Button small look="quiet" onClick={props.onClearSelection}>
            {t('selection.clear')}
          </Button>
        </>
      ) : (
        <span className="figure min-w-16 text-muted" role="status" aria-label={t('total')}>
          {props.count === null ? common('state.loading') : cappedCount(locale, props.count)}
        </span>
      )}
      {(props.selected === 0 || props.fresh.count > 0) && <Tail {...props} />}
      <div className="ml-auto flex items-center gap-2">
        {!props.oldestFirst && (
          <Button
            small
            icon={props.paused ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />}
            aria-pressed={props.paused}
            onClick={props.onPause}
          >
            {t(props.paused ? 'tail.resume' : 'tail.pause')}
          </Button>
        )}
        <Button small icon={<ArrowDownUp size={14} aria-hidden="true" />} onClick={props.onOrder}>
          {t(props.oldestFirst ? 'order.oldest' : 'order.newest')}
        </Button>
        <Button small icon={<Download size={14} aria-hidden="true" />} onClick={props.onExport}>
          {t('export')}
        </Button>
        <Button
          small
          icon={<NotebookPen size={14} aria-hidden="true" />}
          aria-pressed={props.handover}
          onClick={props.onHandover}
        >
          {t('handover.open')}
        </Button>
      </div>
    </div>
  )
}
