import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { refundable } from '#protocol/payments-actions.ts'
import { type PaymentRow, paymentLimits } from '#protocol/payments-records.ts'
import { submit } from '../../app/submit.ts'
import { majorText, minorOf } from '../../format/money.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { EntriesTable } from './entries-table.tsx'
import { effectOf, type OperatorAct, paramsOf, rangeOf, tellingOf } from './story.ts'
import { useMoney, useProviderLabel } from './words.ts'

interface ActDialogProps {
  readonly kind: OperatorAct
  /** As it was when the dialog opened: what is signed is what was seen. */
  readonly row: PaymentRow
  readonly onClose: () => void
}

const mostReason = 500

/** Which payment, so that nobody acts on the wrong one. */
const Target = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const provider = useProviderLabel()
  return (
    <p className="mb-3 rounded-md bg-raised px-3 py-2">
      <span className="font-bold">{row.title}</span>
      <span className="block text-muted">
        {[
          provider(row.provider),
          amount(row.currency, row.amount),
          ...(row.last4 === '' ? [] : [t('endsWith', { four: row.last4 })]),
        ].join('　')}
      </span>
    </p>
  )
}

/** 返金, 取り消し, 売上確定: amount and reason, what it does to the books, and then on to the vault to be signed. */
export const ActDialog = ({ kind, row, onClose }: ActDialogProps) => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  const amount = useMoney()
  const { currency } = row
  const captures = row.captures.slice(0, paymentLimits.captures)
  const [capture, setCapture] = useState(captures[0]?.id ?? null)
  const range = rangeOf(kind, row, capture)
  const [text, setText] = useState(majorText(currency, range.most))
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const minor = range.fixed ? range.most : minorOf(currency, text)
  const fits = minor !== null && minor >= range.least && minor <= range.most
  const reasonFine = kind === 'capture' || reason.trim() !== ''
  const goOn = (): void => {
    setTried(true)
    if (!fits || !reasonFine) return
    onClose()
    const params = paramsOf(kind, row, { capture, minor, reason: reason.trim() })
    void submit(`payments.${kind}`, params, t(`act.${kind}.accepted`, { amount: amount(currency, minor) }))
  }
  const entries = fits
    ? effectOf(kind, row, minor).map((one, nth) => ({ ...one, key: `${nth}`, currency, at: null }))
    : []
  return (
    <Dialog
      open
      wide
      title={t(`act.${kind}.title`)}
      description={t(`act.text.${tellingOf(kind, row)}`)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look={kind === 'capture' ? 'primary' : 'danger'} onClick={goOn}>
            {t(`act.${kind}.action`)}
          </Button>
        </>
      }
    >
      <Target row={row} />
      <div className="flex flex-col gap-3">
        {kind === 'refund' && captures.length > 1 && (
          <Field label={t('act.capturePart')}>
            {(ids) => (
              <Select
                {...ids}
                value={capture ?? ''}
                onChange={(event) => {
                  setCapture(event.target.value)
                  setText(majorText(currency, rangeOf(kind, row, event.target.value).most))
                }}
              >
                {captures.map(({ id, minor: of }) => (
                  <option key={id} value={id}>
                    {amount(currency, of)}　{id}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {range.fixed ? (
          <p>
            {t('act.whole')} <span className="figure font-bold">{amount(currency, range.most)}</span>
            {kind === 'refund' && <span className="block text-muted">{t('act.wholeOnly')}</span>}
          </p>
        ) : (
          <Field
            label={t('column.amount')}
            hint={t('act.upTo', { most: amount(currency, range.most) })}
            error={
              fits || (!tried && text === '')
                ? null
                : minor === null
                  ? t(`amountWrong.${currency}`)
                  : t('act.outOfRange', { least: amount(currency, range.least), most: amount(currency, range.most) })
            }
          >
            {(ids) => (
              <TextInput
                {...ids}
                inputMode="decimal"
                className="w-48 text-right"
                value={text}
                maxLength={24}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        )}
        {kind !== 'capture' && (
          <Field
            label={t('act.reason')}
            hint={t('act.reasonHint')}
            error={tried && !reasonFine ? t('act.reasonMissing') : null}
          >
            {(ids) => (
              <TextArea
                {...ids}
                rows={2}
                value={reason}
                maxLength={mostReason}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        )}
        <section aria-label={t('act.effect')}>
          <h3 className="mb-1 font-bold">{t('act.effect')}</h3>
          {entries.length === 0 ? (
            <p className="text-muted">{t(fits ? 'act.noEffect' : 'act.effectLater')}</p>
          ) : (
            <>
              <EntriesTable label={t('act.effect')} entries={entries} />
              {kind === 'refund' && fits && (
                <p className="mt-2 text-muted">
                  {t('act.leftAfter', { left: amount(currency, refundable(row) - minor) })}　{t('act.feesAside')}
                </p>
              )}
            </>
          )}
        </section>
      </div>
    </Dialog>
  )
}
