import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type CertificateEnd, type CertificateRow, certificateEnds } from '#protocol/certificates.ts'
import { submit } from '../../app/submit.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { CertificateFactsList } from './certificate-facts.tsx'

interface RevocationProps {
  readonly row: CertificateRow
  readonly onClose: () => void
}

/** Ends a certificate's use: names whose it is, and what follows for sessions and for what it signed. */
export const CertificateRevocation = ({ row, onClose }: RevocationProps) => {
  const { t } = useTranslation('users')
  const reasons: readonly CertificateEnd[] = row.state === 'retired' ? ['compromised'] : certificateEnds
  const [reason, setReason] = useState<CertificateEnd>(reasons[0] ?? 'compromised')
  const { fingerprint, operator } = row
  return (
    <Confirm
      open
      title={t('certificates.revokeTitle')}
      description={t('certificates.revokeText')}
      action={t('certificates.revokeAction')}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        void submit('session.revokeCertificate', { fingerprint, reason }, t('certificates.revoked', { operator }))
      }}
    >
      <CertificateFactsList facts={row} operator={operator} />
      <fieldset className="mt-3 flex flex-col gap-1">
        <legend className="mb-1 font-bold">{t('certificates.why')}</legend>
        {reasons.map((it) => (
          <label key={it} className="flex items-start gap-2 py-0.5">
            <input
              type="radio"
              name="reason"
              className="mt-1 size-4 shrink-0 accent-accent-fill"
              checked={reason === it}
              onChange={() => setReason(it)}
            />
            <span>
              {t(`certificates.${it}`)}
              <span className="block text-muted">{t(`certificates.${it}Effect`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <p className="mt-3 text-muted">{t('certificates.revokeEffect')}</p>
    </Confirm>
  )
}
