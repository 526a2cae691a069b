import { Play, RotateCw, Square } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModuleAction, ModuleRow, ModuleState } from '#protocol/hub.ts'
import { useNow } from '../../app/clock.ts'
import type { List } from '../../app/collection.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { duration } from '../../format/duration.ts'
import { dateTime } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { useModuleName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag, type Tone } from '../../ui/status.tsx'
import { hindranceOf } from './module-actions.ts'

const tones: Readonly<Record<ModuleState, Tone>> = {
  starting: 'busy',
  running: 'ok',
  degraded: 'warning',
  stopping: 'busy',
  stopped: 'off',
  failed: 'bad',
}
const icons = { start: Play, stop: Square, restart: RotateCw } as const

interface Asked {
  readonly row: ModuleRow
  readonly action: ModuleAction
}

const carryOut = ({ row, action }: Asked, done: string): void => {
  const command = { start: 'hub.startModule', stop: 'hub.stopModule', restart: 'hub.restartModule' }[action]
  void submit(command, { instance: row.instance, module: row.module }, done)
}

interface ActionsProps {
  readonly row: ModuleRow
  readonly onAsk: (asked: Asked) => void
}

const Actions = ({ row, onAsk }: ActionsProps) => {
  const { t } = useTranslation('monitoring')
  const name = useModuleName()(row.module)
  const permitted = usePermitted('hub.operate')
  if (useReadsOnly()) return null
  return (
    <span className="flex justify-end gap-1.5">
      {(['start', 'stop', 'restart'] as const).map((action) => {
        const hindrance = hindranceOf(action, row, permitted)
        const Icon = icons[action]
        return (
          <Explained key={action} reason={hindrance && t(`modules.reason.${hindrance}`)}>
            <Button
              small
              look="quiet"
              icon={<Icon size={14} aria-hidden="true" />}
              aria-label={t('modules.actionOn', { action: t(`modules.action.${action}`), module: name })}
              aria-disabled={hindrance !== null}
              onClick={() => hindrance === null && onAsk({ row, action })}
            >
              {t(`modules.action.${action}`)}
            </Button>
          </Explained>
        )
      })}
    </span>
  )
}

/** What a module may say of itself that has words here; anything else is a code for whoever looks into it. */
const whys = ['health-unknown', 'alerts.reports-unwritten', 'stars-away', 'paypay-away', 'paypal-away'] as const
const isKnown = (reason: string): reason is (typeof whys)[number] => whys.some((it) => it === reason)

const useColumns = (several: boolean, onAsk: ActionsProps['onAsk']): readonly Column<ModuleRow>[] => {
  const { t } = useTranslation('monitoring')
  const locale = useLocale()
  const nameOf = useModuleName()
  const now = useNow()
  const columns: readonly (Column<ModuleRow> | false)[] = [
    {
      id: 'module',
      title: t('modules.module'),
      cell: (row) => (
        <span className="flex items-center gap-2 whitespace-nowrap">
          <span className="font-bold">{nameOf(row.module)}</span>
          <span className="font-mono text-faint">{row.module}</span>
          {row.essential && <Tag>{t('modules.essential')}</Tag>}
        </span>
      ),
    },
    several && {
      id: 'instance',
      title: t('instance.label'),
      cell: (row) => <span className="font-mono">{row.instance}</span>,
    },
    {
      id: 'state',
      title: t('modules.state'),
      cell: (row) => (
        <span title={row.reason}>
          <Status tone={tones[row.state]}>{t(`modules.${row.state}`)}</Status>
          {isKnown(row.reason) && <span className="ml-2 text-muted">{t(`modules.why.${row.reason}`)}</span>}
        </span>
      ),
    },
    {
      id: 'restarts',
      title: t('modules.restarts'),
      right: true,
      cell: (row) => t('modules.times', { count: row.restarts }),
    },
    {
      id: 'since',
      title: t('modules.since'),
      right: true,
      cell: (row) => <span title={dateTime(row.since)}>{duration(locale, now - row.since)}</span>,
    },
    {
      id: 'version',
      title: t('modules.version'),
      cell: (row) => <span className="figure text-muted">{row.version}</span>,
    },
    {
      id: 'actions',
      title: <span className="sr-only">{t('modules.actions')}</span>,
      cell: (row) => <Actions row={row} onAsk={onAsk} />,
    },
  ]
  return columns.filter((column) => column !== false)
}

/** Modules with what an operator may do to them; stopping and restarting ask first. */
export const ModulesPanel = ({ list }: { readonly list: List<ModuleRow> }) => {
  const { t } = useTranslation('monitoring')
  const nameOf = useModuleName()
  const [asked, ask] = useState<Asked | null>(null)
  const accepted = (it: Asked): string =>
    t('modules.accepted', { module: nameOf(it.row.module), action: t(`modules.action.${it.action}`) })
  const onAsk = (it: Asked): void => (it.action === 'start' ? carryOut(it, accepted(it)) : ask(it))
  const several = new Set(list.rows.map(({ instance }) => instance)).size > 1
  const columns = useColumns(several, onAsk)
  return (
    <Panel title={t('modules.title')} padded={false} className="col-span-full">
      <ListBody list={list} empty={t('modules.none')}>
        {(rows) => (
          <DataTable
            label={t('modules.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.instance}/${row.module}`}
          />
        )}
      </ListBody>
      {asked && asked.action !== 'start' && (
        <Confirm
          open
          title={t(`modules.confirm.${asked.action}.title`)}
          action={t(`modules.confirm.${asked.action}.action`)}
          look={asked.action === 'stop' ? 'danger' : 'primary'}
          onCancel={() => ask(null)}
          onConfirm={() => {
            carryOut(asked, accepted(asked))
            ask(null)
          }}
          description={t(`modules.confirm.${asked.action}.text`)}
        >
          <p className="rounded-md bg-raised px-3 py-2 font-bold">
            {nameOf(asked.row.module)}
            <span className="ml-2 font-mono font-normal text-muted">
              {asked.row.instance}/{asked.row.module}
            </span>
          </p>
          <p className="mt-3 text-muted">{t(`modules.confirm.${asked.action}.effect`)}</p>
        </Confirm>
      )}
    </Panel>
  )
}
