import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionRow } from '#protocol/session.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status } from '../../ui/status.tsx'
import { standing } from './standing.ts'

const Ending = ({ row, onClose }: { readonly row: SessionRow; readonly onClose: () => void }) => {
  const { t } = useTranslation('users')
  return (
    <Confirm
      open
      title={t('sessions.endTitle')}
      description={t('sessions.endText')}
      action={t('sessions.end')}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        void submit('session.end', { key: row.key }, t('sessions.done'))
      }}
    >
      <p className="rounded-md bg-raised px-3 py-2">
        <span className="font-bold">{row.operator}</span>
        <span className="ml-2 text-muted">{row.client}</span>
        <span className="block text-muted">
          {t('sessions.openedAt')} {dateTime(row.openedAt)}
        </span>
      </p>
      <p className="mt-3 text-muted">{t('sessions.endEffect')}</p>
    </Confirm>
  )
}

/** Who is signed in from where; each can be put out. */
export const SessionsPanel = () => {
  const { t } = useTranslation('users')
  const now = useNow()
  const [ending, setEnding] = useState<SessionRow | null>(null)
  const list = useList<SessionRow>('session.sessions', { sort: 'openedAt', limit: 200 })
  const columns: readonly Column<SessionRow>[] = [
    { id: 'operator', title: t('tokens.operator'), cell: (row) => <span className="font-bold">{row.operator}</span> },
    { id: 'client', title: t('sessions.client'), cell: (row) => row.client },
    { id: 'method', title: t('sessions.method'), cell: (row) => t(`sessions.${row.method}`) },
    {
      id: 'state',
      title: t('operators.state'),
      cell: (row) => {
        const state = standing(row.expiresAt, row.endedAt, now)
        return <Status tone={state === 'valid' ? 'ok' : 'off'}>{t(`sessions.${state}`)}</Status>
      },
    },
    { id: 'opened', title: t('sessions.openedAt'), right: true, cell: (row) => dateTime(row.openedAt) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('sessions.end')}</span>,
      right: true,
      cell: (row) =>
        standing(row.expiresAt, row.endedAt, now) === 'valid' && (
          <Button
            small
            aria-label={t('sessions.endOf', { operator: row.operator, client: row.client })}
            onClick={() => setEnding(row)}
          >
            {t('sessions.end')}
          </Button>
        ),
    },
  ]
  return (
    <Panel title={t('sessions.title')} padded={false}>
      <ListBody list={list} empty={t('sessions.none')}>
        {(rows) => (
          <DataTable
            label={t('sessions.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.key}
            muted={(row) => standing(row.expiresAt, row.endedAt, now) !== 'valid'}
          />
        )}
      </ListBody>
      {ending && <Ending row={ending} onClose={() => setEnding(null)} />}
    </Panel>
  )
}
