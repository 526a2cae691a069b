import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Manifest } from '#protocol/bundle.ts'
import { desktop } from '../../app/desktop.ts'
import { followExport } from '../../app/exports.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { RangeFields, rangeOf } from './range-fields.tsx'

interface CertificateDialogProps {
  /** Of the bundle that is open. */
  readonly within: Pick<Manifest, 'from' | 'to'>
  /** The entry from which it was asked for. */
  readonly index: number
  readonly onClose: () => void
}

/** 監査証明書 of this entry, or of some around it, out of the bundle that is open. */
export const CertificateDialog = ({ within, index, onClose }: CertificateDialogProps) => {
  const { t } = useTranslation('review')
  const { t: common } = useTranslation()
  const [range, setRange] = useState({ from: String(index), to: String(index) })
  const chosen = rangeOf(range, within)
  const to = chosen?.to ?? null
  const save = (): void => {
    if (chosen === null || to === null) return
    onClose()
    void followExport(t('export.certificate'), (signal) =>
      desktop.review.certify({ from: chosen.from, to }, { signal }),
    )
  }
  return (
    <Dialog
      open
      title={t('certificate.title')}
      description={t('certificate.hint')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={to === null} onClick={save}>
            {t('export.save')}
          </Button>
        </>
      }
    >
      <RangeFields
        range={range}
        onChange={setRange}
        hint={t('certificate.within', { from: integer(within.from), to: integer(within.to - 1) })}
        error={to === null ? t('export.rangeWrong') : null}
      />
      <p className="mt-3 text-muted">{t('certificate.clear')}</p>
    </Dialog>
  )
}
