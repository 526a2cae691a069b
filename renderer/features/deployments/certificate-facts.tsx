import { useTranslation } from 'react-i18next'
import type { Certificate, KnownDeployment } from '#protocol/deployments.ts'
import { useNow } from '../../app/clock.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Tag } from '../../ui/status.tsx'

const soonMs = 30 * 86_400_000

const Pinned = ({ certificate }: { readonly certificate: Certificate }) => {
  const { t } = useTranslation('deployments')
  const left = certificate.validTo - useNow()
  return (
    <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 text-muted">
      <dt>{t('certificate.fingerprint')}</dt>
      <dd className="selectable break-all font-mono text-text">{certificate.fingerprint}</dd>
      <dt>{t('certificate.issuer')}</dt>
      <dd className="selectable break-all">{certificate.issuer}</dd>
      <dt>{t('certificate.until')}</dt>
      <dd>
        {date(certificate.validTo)}
        {left < soonMs && (
          <span className="ml-2 font-bold text-warning">
            {t(left < 0 ? 'certificate.expired' : 'certificate.soon')}
          </span>
        )}
      </dd>
    </dl>
  )
}

interface AddressProps {
  readonly address: KnownDeployment['addresses'][number]
  readonly current: boolean
  readonly onReview: () => void
}

/** An address and what vouches for it. */
export const AddressFacts = ({ address: { url, certificate }, current, onReview }: AddressProps) => {
  const { t } = useTranslation('deployments')
  const secure = url.startsWith('wss:')
  const kind = certificate ? 'pinned' : secure ? 'vouched' : 'loopback'
  return (
    <li className="border-line border-t py-2">
      <div className="flex items-center gap-2">
        <span className="selectable font-mono">{url}</span>
        {current && <Tag strong>{t('addresses.now')}</Tag>}
        <span className="text-muted">{t(`certificate.${kind}`)}</span>
        {secure && (
          <Button
            small
            className="ml-auto"
            aria-label={t('certificate.reviewNamed', { address: url })}
            onClick={onReview}
          >
            {t('certificate.review')}
          </Button>
        )}
      </div>
      {certificate && <Pinned certificate={certificate} />}
    </li>
  )
}
