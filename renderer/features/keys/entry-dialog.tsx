import { useTranslation } from 'react-i18next'
import type { Certificate, exportKinds, KeyEntry } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { date, dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { grouped, stateTone } from './key-text.ts'
import { OwnActions } from './own-actions.tsx'
import { sayKeys } from './say-keys.ts'

interface EntryDialogProps {
  readonly entry: KeyEntry
  readonly onClose: () => void
}

/** Everything known of one line of the keyring, and what can be done with it. */
export const EntryDialog = ({ entry, onClose }: EntryDialogProps) => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  const remove = async (): Promise<void> => {
    if ((await act(() => desktop.keys.remove({ id: entry.id }), sayKeys('removed'))) !== null) onClose()
  }
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={entry.name}
      description={entry.email}
      footer={
        <>
          <Button look="danger" onClick={() => void remove()}>
            {t('remove')}
          </Button>
          <Button onClick={onClose}>{common('action.close')}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Status tone={stateTone[entry.state]}>{t(`keyState.${entry.state}`)}</Status>
        {entry.own && <OwnActions entry={entry} />}
        {entry.certificates.map((certificate) => (
          <CertificatePart key={certificate.fingerprint} entry={entry} certificate={certificate} />
        ))}
      </div>
    </Dialog>
  )
}

interface CertificatePartProps {
  readonly entry: KeyEntry
  readonly certificate: Certificate
}

const CertificatePart = ({ entry, certificate }: CertificatePartProps) => {
  const { t } = useTranslation('keys')
  const { fingerprint, version, revoked, confirmedAt, expiresAt } = certificate
  return (
    <section aria-label={t(`version${version}`)} className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-bold">{t(`version${version}`)}</h3>
        {!entry.own && (
          <Status tone={confirmedAt === null ? 'warning' : 'ok'}>
            {t(confirmedAt === null ? 'unconfirmed' : 'confirmed')}
          </Status>
        )}
        <span className="text-muted">
          {t('column.ends')} {expiresAt === null ? t('noEnd') : date(expiresAt)}
        </span>
      </div>
      {revoked !== null && (
        <p className="text-major">
          {t('revokedAt', { at: dateTime(revoked.at), reason: t(`reason.${revoked.reason}`) })} {revoked.text}
        </p>
      )}
      <div>
        <span className="text-muted">{t('fingerprint')}</span>
        <output className="block break-words font-mono">{grouped(fingerprint)}</output>
      </div>
      <CertificateActions entry={entry} certificate={certificate} />
      <UserIds entry={entry} certificate={certificate} />
      <Parts certificate={certificate} />
    </section>
  )
}

const CertificateActions = ({ entry, certificate }: CertificatePartProps) => {
  const { t } = useTranslation('keys')
  const { fingerprint, confirmedAt, hasRevocation, parts } = certificate
  const which = { id: entry.id, fingerprint }
  const save = (what: (typeof exportKinds)[number]) => () =>
    void act(
      () => desktop.keys.exportFile({ ...which, what, armored: true }),
      ({ file }) => t('saved', { file }),
    )
  const copy = async (): Promise<void> => {
    await act(async () => navigator.clipboard.writeText((await desktop.keys.armored(which)).text), sayKeys('copied'))
  }
  const confirm = () => void act(() => desktop.keys.confirm({ ...which, confirmed: confirmedAt === null }))
  return (
    <div className="flex flex-wrap gap-2">
      <Button small onClick={() => void copy()}>
        {t('copyCertificate')}
      </Button>
      <Button small onClick={save('certificate')}>
        {t('exportCertificate')}
      </Button>
      {hasRevocation && (
        <Button small onClick={save('revocation')}>
          {t('exportRevocation')}
        </Button>
      )}
      {parts.some(({ place }) => place === 'software') && (
        <Button small onClick={save('secret')}>
          {t('exportSecret')}
        </Button>
      )}
      {!entry.own && (
        <Button small onClick={confirm}>
          {t(confirmedAt === null ? 'confirm' : 'unconfirm')}
        </Button>
      )}
    </div>
  )
}

const UserIds = ({ entry, certificate }: CertificatePartProps) => {
  const { t } = useTranslation('keys')
  const living = certificate.userIds.filter(({ revoked }) => !revoked).length
  return (
    <ul aria-label={t('userIds')} className="flex flex-col gap-1">
      {certificate.userIds.map(({ text, primary, revoked }) => (
        <li key={text} className="flex flex-wrap items-center gap-2">
          <span className={revoked ? 'text-faint line-through' : ''}>{text}</span>
          {primary && !revoked && <Tag>{t('userIdPrimary')}</Tag>}
          {revoked && <Tag>{t('userIdRevoked')}</Tag>}
          {entry.own && !revoked && living > 1 && certificate.revoked === null && (
            <Button
              small
              look="quiet"
              onClick={() =>
                void act(
                  () => desktop.keys.revokeUserId({ id: entry.id, userId: text }),
                  () => t('userIdGone'),
                )
              }
            >
              {t('revokeUserId', { text })}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

const Parts = ({ certificate }: { readonly certificate: Certificate }) => {
  const { t } = useTranslation('keys')
  const columns: readonly Column<Certificate['parts'][number]>[] = [
    { id: 'algorithm', title: t('part.algorithm'), cell: ({ algorithm }) => algorithm },
    { id: 'uses', title: t('part.uses'), cell: ({ uses }) => uses.map((it) => t(`use.${it}`)).join(', ') },
    { id: 'place', title: t('part.place'), cell: ({ place }) => t(`place.${place ?? 'none'}`) },
    { id: 'created', title: t('part.created'), right: true, cell: ({ createdAt }) => date(createdAt) },
    {
      id: 'ends',
      title: t('column.ends'),
      right: true,
      cell: ({ expiresAt }) => (expiresAt === null ? t('noEnd') : date(expiresAt)),
    },
  ]
  return (
    <DataTable
      label={t('parts')}
      columns={columns}
      rows={certificate.parts}
      rowKey={({ fingerprint }) => fingerprint}
      muted={({ revoked }) => revoked !== null}
    />
  )
}
