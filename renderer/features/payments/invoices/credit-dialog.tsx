import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DocumentKey, type InvoiceRow, invoices, issueCreditNote } from '#protocol/payments-invoices.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { taxByRate } from '#protocol/payments-tax.ts'
import { useRow } from '../../../app/collection.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextInput } from '../../../ui/field.tsx'
import { RatesTable } from './rates-table.tsx'
import { useIssuer } from './use-issuer.ts'

interface CreditDialogProps {
  readonly row: PaymentRow
  readonly refund: PaymentRow['refunds'][number]
  /** The document that it reduces. */
  readonly of: DocumentKey
  readonly onClose: () => void
}

/** 返還請求書 for one refund, made out to whom the document was. */
export const CreditDialog = ({ row, refund, of, onClose }: CreditDialogProps) => {
  const { t } = useTranslation('invoices')
  const { t: common } = useTranslation()
  const issuer = useIssuer()
  const { row: reduced } = useRow<InvoiceRow>(invoices.name, of)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const missing = reason.trim() === ''
  const goOn = (): void => {
    setTried(true)
    if (missing) return
    onClose()
    const params = { payment: row.payment, refund: refund.id, of, reason: reason.trim() }
    void submit(issueCreditNote.name, params, t('credit.done'))
  }
  return (
    <Dialog
      open
      wide
      title={t('credit.title')}
      description={t('credit.text')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={goOn}>
            {t('credit.action')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {reduced && (
          <p className="rounded-md bg-raised px-3 py-2">
            {t('credit.of')}：<span className="figure">{reduced.number}</span>　{reduced.counterparty}
          </p>
        )}
        <Field
          label={t('credit.reason')}
          hint={t('credit.reasonHint')}
          error={tried && missing ? t('credit.missing') : null}
        >
          {(ids) => (
            <TextInput {...ids} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        <RatesTable
          rates={taxByRate([{ rate: row.taxRate, minor: BigInt(refund.minor) }], issuer?.rounding ?? 'floor')}
        />
      </div>
    </Dialog>
  )
}
