import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { documentLimits, issueInvoice } from '#protocol/payments-invoices.ts'
import { documentAmount, whyNotIssue } from '#protocol/payments-invoicing.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { taxByRate } from '#protocol/payments-tax.ts'
import { useList } from '../../../app/collection.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Checkbox, Field, TextInput } from '../../../ui/field.tsx'
import { RatesTable } from './rates-table.tsx'
import { useInvoiced } from './use-documents.ts'
import { useIssuer } from './use-issuer.ts'
import { type Whom, WhomFields } from './whom-fields.tsx'
import { useDocumentWords, useYen } from './words.ts'

interface IssueDialogProps {
  readonly kind: 'invoice' | 'receipt'
  /** As it was when the dialog opened: what is signed is what was seen. */
  readonly row: PaymentRow
  readonly onClose: () => void
}

const mostNote = 500
/** More of one buyer are not offered. */
const mostOthers = 50

/** The same buyer's other payments that could stand on the same document. */
const useOthers = ({ kind, row }: Pick<IssueDialogProps, 'kind' | 'row'>): readonly PaymentRow[] => {
  const list = useList<PaymentRow>(payments.name, {
    // A payment without a buyer has no others: nothing has this key.
    where: { payer: [row.payer ?? '-'] },
    limit: mostOthers,
  })
  const others = list.rows.filter(({ payment }) => payment !== row.payment)
  const issued = useInvoiced(others.map(({ payment }) => payment))
  if (issued === undefined) return []
  return others.filter((one) => whyNotIssue(kind, one, issued.get(one.payment)) === null)
}

/** 請求書 and 領収書: whom it is made out to, what stands on it, and how its tax is told. */
export const IssueDialog = ({ kind, row, onClose }: IssueDialogProps) => {
  const { t } = useTranslation('invoices')
  const { t: common } = useTranslation()
  const yen = useYen()
  const words = useDocumentWords()
  const issuer = useIssuer()
  const others = useOthers({ kind, row })
  const [whom, setWhom] = useState<Whom>({ counterparty: '', honorific: 'onchu' })
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({})
  const [joined, setJoined] = useState<readonly string[]>([])
  const [due, setDue] = useState('')
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const chosen = [row, ...others.filter(({ payment }) => joined.includes(payment))].slice(0, documentLimits.lines)
  const textOf = (one: PaymentRow): string => texts[one.payment] ?? one.title.slice(0, 120)
  const rates = taxByRate(
    chosen.map((one) => ({ rate: one.taxRate, minor: documentAmount(one) })),
    issuer?.rounding ?? 'floor',
  )
  const goOn = (): void => {
    setTried(true)
    if (whom.counterparty.trim() === '' || chosen.some((one) => textOf(one).trim() === '')) return
    onClose()
    const lines = chosen.map((one) => ({
      ...{ payment: one.payment, text: textOf(one).trim(), minor: documentAmount(one).toString() },
    }))
    void submit(
      issueInvoice.name,
      {
        ...{ kind, counterparty: whom.counterparty.trim(), honorific: whom.honorific, lines },
        ...{ due: kind === 'invoice' && due !== '' ? due : null, note: note.trim() },
      },
      t('issue.done'),
    )
  }
  return (
    <Dialog
      open
      wide
      title={t(`issue.${kind}`)}
      description={t('issue.text')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={goOn}>
            {t('issue.action')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <WhomFields whom={whom} tried={tried} onChange={setWhom} />
        {chosen.map((one, nth) => (
          <Field
            key={one.payment}
            label={chosen.length === 1 ? t('issue.what') : `${t('issue.what')} ${nth + 1}`}
            hint={`${yen(documentAmount(one))}　${words.rate(one.taxRate)}`}
            error={tried && textOf(one).trim() === '' ? t('issue.missing') : null}
          >
            {(ids) => (
              <TextInput
                {...ids}
                maxLength={120}
                value={textOf(one)}
                onChange={(event) => setTexts({ ...texts, [one.payment]: event.target.value })}
              />
            )}
          </Field>
        ))}
        {others.length > 0 && (
          <fieldset className="rounded-md border border-line px-3 py-2">
            <legend className="px-1 font-bold">{t('issue.others')}</legend>
            <p className="text-faint">{t('issue.othersHint')}</p>
            <div className="max-h-40 overflow-y-auto">
              {others.map((one) => (
                <Checkbox
                  key={one.payment}
                  checked={joined.includes(one.payment)}
                  disabled={!joined.includes(one.payment) && chosen.length >= documentLimits.lines}
                  onChange={({ target }) =>
                    setJoined(
                      target.checked ? [...joined, one.payment] : joined.filter((payment) => payment !== one.payment),
                    )
                  }
                >
                  {one.title} <span className="figure">{yen(documentAmount(one))}</span>
                </Checkbox>
              ))}
            </div>
          </fieldset>
        )}
        {kind === 'invoice' && (
          <Field label={t('issue.due')} hint={t('issue.dueHint')}>
            {(ids) => (
              <TextInput
                {...ids}
                type="date"
                className="w-44"
                value={due}
                onChange={(event) => setDue(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label={t('issue.note')} hint={t('issue.noteHint')}>
          {(ids) => (
            <TextInput {...ids} maxLength={mostNote} value={note} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
        <section aria-label={t('issue.preview')}>
          <h3 className="mb-1 font-bold">{t('issue.preview')}</h3>
          <RatesTable rates={rates} />
          {issuer?.registration === null && <p className="mt-2 text-warning">{t('issue.notQualified')}</p>}
        </section>
      </div>
    </Dialog>
  )
}
