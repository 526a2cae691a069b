import { FileDown, Ruler } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BundleKind } from '#protocol/bundle.ts'
import type { CertificateRow } from '#protocol/certificates.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { followExport } from '../../app/exports.ts'
import { useDesktop, usePermitted } from '../../app/streams.ts'
import { bytes, integer, joined } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { RangeFields, rangeOf } from './range-fields.tsx'

interface Size {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

const kinds: readonly BundleKind[] = ['bundle', 'certificate']

/** Makes a bundle, or a certificate of some entries, of the log of the deployment that this window shows. */
export const ExportPanel = () => {
  const { t } = useTranslation('review')
  const live = useDesktop((state) => state?.link.state === 'live')
  const permitted = usePermitted('log.export')
  if (!live || !permitted) return null
  return (
    <Panel title={t('export.title')}>
      <p className="text-muted">{t('export.hint')}</p>
      <Form />
    </Panel>
  )
}

const Form = () => {
  const { t } = useTranslation('review')
  const [kind, setKind] = useState<BundleKind>('bundle')
  const [range, setRange] = useState({ from: '0', to: '' })
  const [recipients, setRecipients] = useState<readonly string[]>([])
  const [size, setSize] = useState<Size | null>(null)
  const chosen = rangeOf(range)
  const order = { kind, ...(chosen ?? { from: 0, to: null }) }
  const measure = async (): Promise<void> => setSize(await act(() => desktop.bundle.size(order)))
  const save = (): void =>
    void followExport(t(`export.${kind}`), (signal) =>
      desktop.bundle.write({ ...order, recipients: [...recipients] }, { signal }),
    )
  return (
    <div className="mt-3 flex flex-col gap-3">
      <Segmented
        label={t('export.kind')}
        value={kind}
        options={kinds.map((value) => ({ value, label: t(`export.${value}`) }))}
        onChange={(next) => {
          setKind(next)
          setSize(null)
        }}
      />
      <p className="text-muted">{t(`export.${kind}Hint`)}</p>
      <RangeFields
        range={range}
        onChange={(next) => {
          setRange(next)
          setSize(null)
        }}
        hint={t('export.toHint')}
        error={chosen === null ? t('export.rangeWrong') : null}
      />
      <Recipients chosen={recipients} onChange={setRecipients} />
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={chosen === null} icon={<Ruler size={16} aria-hidden="true" />} onClick={() => void measure()}>
          {t('export.measure')}
        </Button>
        <Button
          look="primary"
          disabled={chosen === null}
          icon={<FileDown size={16} aria-hidden="true" />}
          onClick={save}
        >
          {t('export.save')}
        </Button>
        {size !== null && (
          <span role="status" className="figure font-bold">
            {t('export.size', {
              from: integer(size.from),
              to: integer(size.to - 1),
              text: integer(size.to - size.from),
              size: joined(bytes(size.bytes)),
            })}
          </span>
        )}
      </div>
    </div>
  )
}

interface RecipientsProps {
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

/** Those whose certificates the deployment has registered, and who can be encrypted to. */
const Recipients = ({ chosen, onChange }: RecipientsProps) => {
  const { t } = useTranslation('review')
  const certificates = useList<CertificateRow>('session.certificates').rows.filter(
    ({ encrypts, state }) => encrypts && state === 'valid',
  )
  return (
    <fieldset>
      <legend className="font-bold">{t('export.recipients')}</legend>
      <p className="text-faint">{t(certificates.length === 0 ? 'export.nobody' : 'export.recipientsHint')}</p>
      {certificates.map(({ fingerprint, operator, userIds }) => (
        <Checkbox
          key={fingerprint}
          checked={chosen.includes(fingerprint)}
          onChange={({ target }) =>
            onChange(target.checked ? [...chosen, fingerprint] : chosen.filter((it) => it !== fingerprint))
          }
        >
          {operator} <span className="text-muted">{userIds[0]}</span>{' '}
          <span className="font-mono text-faint">{fingerprint}</span>
        </Checkbox>
      ))}
    </fieldset>
  )
}
