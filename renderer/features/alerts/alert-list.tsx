import { BellOff, Check } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AlertRow, SilenceRow } from '#protocol/alerts.ts'
import { useNow } from '../../app/clock.ts'
import { useCount, useList } from '../../app/collection.ts'
import { useLocation } from '../../app/navigation.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { duration } from '../../format/duration.ts'
import { dateTime, shortly } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { NoteDialog } from '../../ui/note-dialog.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { SeverityMark } from '../../ui/severity.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag, type Tone } from '../../ui/status.tsx'
import { useMetricName } from './metric-names.ts'
import { SilenceDialog } from './silence-dialog.tsx'
import { useSilences } from './use-silences.ts'

const views = ['firing', 'acknowledged', 'resolved', 'all'] as const
type View = (typeof views)[number]
const tones: Readonly<Record<AlertRow['state'], Tone>> = { firing: 'bad', acknowledged: 'warning', resolved: 'ok' }
const firing = { state: ['firing'] }

interface Handlers {
  readonly onAcknowledge: (row: AlertRow) => void
  readonly onSilence: (row: AlertRow) => void
}

const Actions = ({ row, silenced, ...handlers }: Handlers & { readonly row: AlertRow; readonly silenced: boolean }) => {
  const { t } = useTranslation('alerts')
  const permitted = usePermitted('alerts.operate')
  const reason = permitted ? null : t('notPermitted')
  if (useReadsOnly()) return null
  return (
    <span className="flex justify-end gap-1.5">
      {row.state === 'firing' && (
        <Explained reason={reason}>
          <Button
            small
            icon={<Check size={14} aria-hidden="true" />}
            aria-disabled={!permitted}
            aria-label={t('acknowledge.of', { name: row.name })}
            onClick={() => permitted && handlers.onAcknowledge(row)}
          >
            {t('acknowledge.action')}
          </Button>
        </Explained>
      )}
      {!silenced && row.state !== 'resolved' && (
        <Explained reason={reason}>
          <Button
            small
            look="quiet"
            icon={<BellOff size={14} aria-hidden="true" />}
            aria-disabled={!permitted}
            aria-label={t('silence.of', { name: row.name })}
            onClick={() => permitted && handlers.onSilence(row)}
          >
            {t('silence.action')}
          </Button>
        </Explained>
      )}
    </span>
  )
}

const Name = ({ row, here }: { readonly row: AlertRow; readonly here: boolean }) => {
  const metricName = useMetricName()
  return (
    <span className={here ? 'border-accent border-l-3 pl-2' : ''}>
      <span className="selectable font-bold">{row.name}</span>
      {row.metric !== '' && <span className="block text-faint">{metricName(row.metric)}</span>}
      {row.note !== '' && <span className="selectable block text-muted">{row.note}</span>}
    </span>
  )
}

const State = ({ row, silence }: { readonly row: AlertRow; readonly silence: SilenceRow | undefined }) => {
  const { t } = useTranslation('alerts')
  const now = useNow()
  return (
    <span className="flex flex-col items-start gap-0.5">
      <span title={row.acknowledgedBy ?? undefined}>
        <Status tone={tones[row.state]}>{t(`state.${row.state}`)}</Status>
      </span>
      {silence && (
        <span title={`${silence.by} ${silence.note}`}>
          <Tag>
            <BellOff size={12} aria-hidden="true" className="mr-1" />
            {t('silence.untilAt', { at: shortly(silence.until, now) })}
          </Tag>
        </span>
      )}
    </span>
  )
}

const useColumns = (silences: ReadonlyMap<string, SilenceRow>, handlers: Handlers): readonly Column<AlertRow>[] => {
  const { t } = useTranslation('alerts')
  const locale = useLocale()
  const now = useNow()
  const { key } = useLocation()
  return [
    { id: 'severity', title: t('column.severity'), cell: (row) => <SeverityMark severity={row.severity} /> },
    { id: 'name', title: t('column.rule'), cell: (row) => <Name row={row} here={row.key === key} /> },
    {
      id: 'instance',
      title: t('column.instance'),
      cell: (row) => <span className="font-mono text-muted">{row.instance}</span>,
    },
    { id: 'value', title: t('column.value'), right: true, cell: (row) => (row.value === '' ? '–' : row.value) },
    {
      id: 'firedAt',
      title: t('column.firedAt'),
      cell: (row) => <span className="figure whitespace-nowrap">{dateTime(row.firedAt)}</span>,
    },
    {
      id: 'for',
      title: t('column.for'),
      right: true,
      cell: (row) => duration(locale, (row.resolvedAt ?? now) - row.firedAt),
    },
    { id: 'state', title: t('column.state'), cell: (row) => <State row={row} silence={silences.get(row.rule)} /> },
    {
      id: 'actions',
      title: <span className="sr-only">{t('column.actions')}</span>,
      cell: (row) => <Actions row={row} silenced={silences.has(row.rule)} {...handlers} />,
    },
  ]
}

/** What fires now, and what did. */
export const AlertList = () => {
  const { t } = useTranslation('alerts')
  const [view, setView] = useState<View>('firing')
  const [showSilenced, setShowSilenced] = useState(true)
  const [acknowledging, setAcknowledging] = useState<AlertRow | null>(null)
  const [silencing, setSilencing] = useState<AlertRow | null>(null)
  const silences = useSilences()
  const count = useCount('alerts', firing)
  const list = useList<AlertRow>('alerts', {
    ...(view !== 'all' && { where: { state: [view] } }),
    sort: 'firedAt',
    limit: 500,
  })
  const columns = useColumns(silences, { onAcknowledge: setAcknowledging, onSilence: setSilencing })
  const visible = showSilenced ? list.rows : list.rows.filter((row) => !silences.has(row.rule))
  const hidden = list.rows.length - visible.length
  return (
    <>
      <div className="flex items-center gap-4">
        <Segmented
          label={t('view.label')}
          value={view}
          options={views.map((value) => ({
            value,
            label: value === 'firing' && count ? `${t('view.firing')} ${integer(count.count)}` : t(`view.${value}`),
          }))}
          onChange={setView}
        />
        <Checkbox checked={showSilenced} onChange={(event) => setShowSilenced(event.target.checked)}>
          {t('showSilenced')}
        </Checkbox>
        {hidden > 0 && <span className="text-muted">{t('hidden', { text: integer(hidden) })}</span>}
      </div>
      <div className="rounded-lg border border-line bg-surface">
        <ListBody list={{ ...list, rows: visible }} empty={t(`empty.${view}`)} emptyHint={t('empty.hint')}>
          {(rows) => (
            <DataTable
              label={t('table')}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.key}
              muted={(row) => row.state === 'resolved'}
            />
          )}
        </ListBody>
      </div>
      {acknowledging && (
        <NoteDialog
          title={t('acknowledge.title')}
          description={t('acknowledge.text', { name: acknowledging.name })}
          action={t('acknowledge.action')}
          onCancel={() => setAcknowledging(null)}
          onDone={(note) => {
            setAcknowledging(null)
            void submit('alerts.acknowledge', { key: acknowledging.key, note: note.trim() }, t('acknowledge.done'))
          }}
        />
      )}
      {silencing && <SilenceDialog rule={silencing.rule} name={silencing.name} onClose={() => setSilencing(null)} />}
    </>
  )
}
