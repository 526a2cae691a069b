import { FileBadge } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CertificateRow } from '#protocol/certificates.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'
import { CertificateForm } from './certificate-form.tsx'
import { CertificateRevocation } from './certificate-revocation.tsx'
import { stateOf, stateTone } from './certificate-state.ts'

/** The OpenPGP certificates that operators are known by. */
export const CertificatesPanel = () => {
  const { t } = useTranslation('users')
  const now = useNow()
  const [registering, setRegistering] = useState(false)
  const [revoking, setRevoking] = useState<CertificateRow | null>(null)
  const list = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' })
  const columns: readonly Column<CertificateRow>[] = [
    {
      id: 'owner',
      title: t('certificates.owner'),
      cell: (row) => (
        <span className="block min-w-0">
          <span className="font-mono">{row.operator}</span>
          <span className="block truncate text-muted" title={row.userIds.join('\n')}>
            {row.userIds[0] ?? ''}
          </span>
        </span>
      ),
    },
    {
      id: 'fingerprint',
      title: t('certificates.fingerprint'),
      cell: (row) => (
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="font-mono text-muted" title={grouped(row.fingerprint)}>
            …{grouped(row.fingerprint.slice(-16))}
          </span>
          <Tag>v{row.version}</Tag>
          {row.proven && <Tag>{t('certificates.proven')}</Tag>}
        </span>
      ),
    },
    {
      id: 'state',
      title: t('operators.state'),
      cell: (row) => {
        const state = stateOf(row, now)
        return <Status tone={stateTone[state]}>{t(`certificates.state.${state}`)}</Status>
      },
    },
    {
      id: 'expires',
      title: t('certificates.expiresAt'),
      right: true,
      cell: (row) => (row.expiresAt === null ? t('certificates.never') : date(row.expiresAt)),
    },
    { id: 'registered', title: t('certificates.registeredAt'), right: true, cell: (row) => date(row.registeredAt) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('certificates.revoke')}</span>,
      right: true,
      cell: (row) =>
        row.state !== 'compromised' && (
          <Button
            small
            aria-label={t('certificates.revokeOf', { operator: row.operator, key: row.fingerprint.slice(-16) })}
            onClick={() => setRevoking(row)}
          >
            {t('certificates.revoke')}
          </Button>
        ),
    },
  ]
  return (
    <Panel
      title={t('certificates.title')}
      padded={false}
      actions={
        <Button small icon={<FileBadge size={14} aria-hidden="true" />} onClick={() => setRegistering(true)}>
          {t('certificates.register')}
        </Button>
      }
    >
      <ListBody list={list} empty={t('certificates.none')} emptyHint={t('certificates.noneHint')}>
        {(rows) => (
          <DataTable
            label={t('certificates.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.fingerprint}
            muted={(row) => row.state !== 'valid'}
          />
        )}
      </ListBody>
      {registering && <CertificateForm onClose={() => setRegistering(false)} />}
      {revoking && <CertificateRevocation row={revoking} onClose={() => setRevoking(null)} />}
    </Panel>
  )
}
