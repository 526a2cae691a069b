import { ListX } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { InstanceRow } from '#protocol/hub.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { useLive } from '../../app/live.ts'
import { samples, usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { duration } from '../../format/duration.ts'
import { dateTime } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { heardOf, isSilent } from './heard.ts'

const tones: Readonly<Record<InstanceRow['state'], Tone>> = { running: 'ok', stopped: 'off', crashed: 'bad' }
const shown = 6

interface ForgetProps {
  readonly row: InstanceRow
  readonly onAsk: (row: InstanceRow) => void
}

const Forget = ({ row, onAsk }: ForgetProps) => {
  const { t } = useTranslation('monitoring')
  const permitted = usePermitted('hub.administer')
  if (useReadsOnly()) return null
  return (
    <span className="flex justify-end">
      <Explained reason={permitted ? null : t('instance.notPermitted')}>
        <Button
          small
          look="quiet"
          icon={<ListX size={14} aria-hidden="true" />}
          aria-label={t('instance.forgetOf', { instance: row.instance })}
          aria-disabled={!permitted}
          onClick={() => permitted && onAsk(row)}
        >
          {t('instance.forget')}
        </Button>
      </Explained>
    </span>
  )
}

/** The backend's processes, the last started first. */
export const InstancesPanel = () => {
  const { t } = useTranslation('monitoring')
  const locale = useLocale()
  const now = useNow()
  const heard = heardOf(useLive(samples))
  /** Killed together with its machine, it can't say so itself. */
  const silent = (row: InstanceRow): boolean => row.state === 'running' && isSilent(heard, row.instance)
  const [asked, ask] = useState<InstanceRow | null>(null)
  const forget = ({ instance }: InstanceRow): void => {
    void submit('hub.forgetInstance', { instance }, t('instance.forgotten', { instance }))
    ask(null)
  }
  const list = useList<InstanceRow>('hub.instances', { sort: 'startedAt', limit: shown })
  const columns: readonly Column<InstanceRow>[] = [
    {
      id: 'instance',
      title: t('instance.label'),
      cell: (row) => <span className="selectable font-mono">{row.instance}</span>,
    },
    {
      id: 'state',
      title: t('modules.state'),
      cell: (row) =>
        silent(row) ? (
          <Status tone="bad">{t('instance.silent')}</Status>
        ) : (
          <Status tone={tones[row.state]}>{t(`instance.${row.state}`)}</Status>
        ),
    },
    { id: 'host', title: t('instance.host'), cell: (row) => row.hostname },
    { id: 'pid', title: 'PID', right: true, cell: (row) => row.pid },
    {
      id: 'uptime',
      title: t('instance.uptime'),
      right: true,
      cell: (row) => duration(locale, (row.stoppedAt ?? now) - row.startedAt),
    },
    { id: 'started', title: t('instance.started'), right: true, cell: (row) => dateTime(row.startedAt) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('instance.actions')}</span>,
      // One that runs would be back at once.
      cell: (row) => (row.state !== 'running' || silent(row) ? <Forget row={row} onAsk={ask} /> : null),
    },
  ]
  return (
    <Panel title={t('instance.title')} padded={false} className="col-span-full">
      <ListBody list={list} empty={t('instance.none')}>
        {(rows) => (
          <DataTable
            label={t('instance.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.instance}
            muted={(row) => row.state !== 'running'}
          />
        )}
      </ListBody>
      {asked && (
        <Confirm
          open
          title={t('instance.confirm.title')}
          action={t('instance.forget')}
          look="danger"
          onCancel={() => ask(null)}
          onConfirm={() => forget(asked)}
          description={t('instance.confirm.text')}
        >
          <p className="rounded-md bg-raised px-3 py-2 font-bold font-mono">{asked.instance}</p>
          <p className="mt-3 text-muted">{t('instance.confirm.effect')}</p>
        </Confirm>
      )}
    </Panel>
  )
}
