import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CertificateRow } from '#protocol/certificates.ts'
import type { Coverage } from '#protocol/sealed.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { grouped } from '../keys/key-text.ts'

/** Makes an operator a custodian, by one of the certificates that are registered for them. */
export const CustodianForm = ({ coverage, onClose }: { readonly coverage: Coverage; readonly onClose: () => void }) => {
  const { t } = useTranslation('sealed')
  const { t: common } = useTranslation()
  const now = useNow()
  const [chosen, setChosen] = useState('')
  const held = new Set(coverage.custodians.map(({ fingerprint }) => fingerprint))
  const usable = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' }).rows.filter(
    ({ state, encrypts, expiresAt, fingerprint }) =>
      state === 'valid' && encrypts && (expiresAt === null || expiresAt > now) && !held.has(fingerprint),
  )
  const certificate = usable.find(({ fingerprint }) => fingerprint === chosen)
  const add = (): void => {
    if (!certificate) return
    onClose()
    const { operator: custodian, fingerprint } = certificate
    void submit('sealed.addCustodian', { class: coverage.class, custodian, fingerprint }, t('added', { custodian }))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('add')}
      description={t('addText')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={!certificate} onClick={add}>
            {t('addAction')}
          </Button>
        </>
      }
    >
      <Field label={t('certificate')} hint={usable.length === 0 ? t('noCertificate') : t('certificateHint')}>
        {(ids) => (
          <Select {...ids} value={chosen} onChange={(event) => setChosen(event.target.value)}>
            <option value="">{t('choose')}</option>
            {usable.map(({ fingerprint, operator, version }) => (
              <option key={fingerprint} value={fingerprint}>
                {operator}　v{version}　…{grouped(fingerprint.slice(-16))}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {certificate && <p className="mt-3 font-mono break-words text-muted">{grouped(certificate.fingerprint)}</p>}
      {coverage.keys > 0 && <p className="mt-3 text-muted">{t('addEffect', { keys: coverage.keys })}</p>}
    </Dialog>
  )
}
