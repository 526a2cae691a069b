import { KeySquare } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TokenRow } from '#protocol/session.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status } from '../../ui/status.tsx'
import { standing } from './standing.ts'
import { TokenForm } from './token-form.tsx'

export const TokensPanel = () => {
  const { t } = useTranslation('users')
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
