import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type InvoiceRow, reissueInvoice } from '#protocol/payments-invoices.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextInput } from '../../../ui/field.tsx'
import { type Whom, WhomFields } from './whom-fields.tsx'

/** 再発行: the same number again, and the one thing that can be put right. */
export const ReissueDialog = ({ row, onClose }: { readonly row: InvoiceRow; readonly onClose: () => void }) => {
  const { t } = useTranslation('invoices')
  const { t: common } = useTranslation()
  const [whom, setWhom] = useState<Whom>({ counterparty: row.counterparty, honorific: row.honorific })
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const goOn = (): void => {
    setTried(true)
    if (whom.counterparty.trim() === '' || reason.trim() === '') return
    onClose()
    const { honorific } = whom
    void submit(
      reissueInvoice.name,
      { key: row.key, counterparty: whom.counterparty.trim(), honorific, reason: reason.trim() },
      t('reissue.done'),
    )
  }
  return (
    <Dialog
      open
      title={t('reissue.title', { number: row.number })}
      description={t('reissue.text')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={goOn}>
            {t('reissue.action')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <WhomFields whom={whom} tried={tried} onChange={setWhom} />
        <Field
          label={t('reissue.reason')}
          hint={t('reissue.reasonHint')}
          error={tried && reason.trim() === '' ? t('reissue.missing') : null}
        >
          {(ids) => (
            <TextInput {...ids} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  )
}
