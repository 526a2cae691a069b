import { useTranslation } from 'react-i18next'
import type { CertificateFacts } from '#protocol/certificates.ts'
import { date } from '../../format/instant.ts'
import { grouped } from '../keys/key-text.ts'

interface FactsProps {
  readonly facts: CertificateFacts
  readonly operator?: string
}

/** What a person has to see of a certificate before it is registered or revoked. */
export const CertificateFactsList = ({ facts, operator }: FactsProps) => {
  const { t } = useTranslation('users')
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-md bg-raised px-3 py-2">
      {operator !== undefined && (
        <>
          <dt className="text-muted">{t('certificates.owner')}</dt>
          <dd className="font-mono">{operator}</dd>
        </>
      )}
      <dt className="text-muted">{t('certificates.userIds')}</dt>
      <dd className="min-w-0 break-words font-bold">
        {facts.userIds.map((text) => (
          <span key={text} className="block">
            {text}
          </span>
        ))}
      </dd>
      <dt className="text-muted">{t('certificates.fingerprint')}</dt>
      <dd className="selectable break-words font-mono">{grouped(facts.fingerprint)}</dd>
      <dt className="text-muted">{t('certificates.expiresAt')}</dt>
      <dd>{facts.expiresAt === null ? t('certificates.never') : date(facts.expiresAt)}</dd>
    </dl>
  )
}
