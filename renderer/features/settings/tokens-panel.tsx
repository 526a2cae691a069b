import { KeySquare } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionRow, TokenRow } from '#protocol/session.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { date, dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status } from '../../ui/status.tsx'
import { TokenForm } from './token-form.tsx'

/** Whether a row that ends still serves. */
export const standing = (expiresAt: number, endedAt: number | null, now: number): 'valid' | 'expired' | 'ended' =>
  endedAt !== null ? 'ended' : expiresAt <= now ? 'expired' : 'valid'

export const TokensPanel = () => {
  const { t } = useTranslation('settings')
  const now = useNow()
  const [issuing, setIssuing] = useState(false)
  const [revoking, setRevoking] = useState<TokenRow | null>(null)
  const list = useList<TokenRow>('session.tokens', { sort: 'issuedAt' })
  const columns: readonly Column<TokenRow>[] = [
    { id: 'label', title: t('tokens.label'), cell: (row) => <span className="font-bold">{row.label}</span> },
    {
      id: 'operator',
      title: t('tokens.operator'),
      cell: (row) => <span className="font-mono text-muted">{row.operator}</span>,
    },
    {
      id: 'state',
      title: t('operators.state'),
      cell: (row) => {
        const state = standing(row.expiresAt, row.revokedAt, now)
        return <Status tone={state === 'valid' ? 'ok' : 'off'}>{t(`tokens.${state}`)}</Status>
      },
    },
    { id: 'issued', title: t('tokens.issuedAt'), right: true, cell: (row) => date(row.issuedAt) },
    { id: 'expires', title: t('tokens.expiresAt'), right: true, cell: (row) => date(row.expiresAt) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('tokens.revoke')}</span>,
      right: true,
      cell: (row) =>
        standing(row.expiresAt, row.revokedAt, now) === 'valid' && (
          <Button small aria-label={t('tokens.revokeOf', { label: row.label })} onClick={() => setRevoking(row)}>
            {t('tokens.revoke')}
          </Button>
        ),
    },
  ]
  return (
    <Panel
      title={t('tokens.title')}
      padded={false}
      actions={
        <Button small icon={<KeySquare size={14} aria-hidden="true" />} onClick={() => setIssuing(true)}>
          {t('tokens.issue')}
        </Button>
      }
    >
      <ListBody list={list} empty={t('tokens.none')} emptyHint={t('tokens.noneHint')}>
        {(rows) => (
          <DataTable
            label={t('tokens.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.digest}
            muted={(row) => row.revokedAt !== null}
          />
        )}
      </ListBody>
      {issuing && <TokenForm onClose={() => setIssuing(false)} />}
      {revoking && (
        <Confirm
          open
          title={t('tokens.revokeTitle')}
          description={t('tokens.revokeText')}
          action={t('tokens.revokeAction')}
          onCancel={() => setRevoking(null)}
          onConfirm={() => {
            setRevoking(null)
            void submit(
              'session.revokeToken',
              { digest: revoking.digest },
              t('tokens.revoked', { label: revoking.label }),
            )
          }}
        >
          <p className="rounded-md bg-raised px-3 py-2 font-bold">
            {revoking.label}
            <span className="ml-2 font-mono font-normal text-muted">{revoking.operator}</span>
          </p>
          <p className="mt-3 text-muted">{t('tokens.revokeEffect')}</p>
        </Confirm>
      )}
    </Panel>
  )
}

export const SessionsPanel = () => {
  const { t } = useTranslation('settings')
  const now = useNow()
  const list = useList<SessionRow>('session.sessions', { sort: 'openedAt', limit: 50 })
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
            onClick={() => void submit('session.end', { key: row.key }, t('sessions.done'))}
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
    </Panel>
  )
}
