import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type InvoicedRow, invoiced } from '#protocol/payments-invoices.ts'
import { creditBase, creditsDue, mustCredit, whyNotIssue } from '#protocol/payments-invoicing.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { useRow } from '../../../app/collection.ts'
import { failureText } from '../../../app/failure-text.ts'
import { usePermitted, useReadsOnly } from '../../../app/streams.ts'
import { Button } from '../../../ui/button.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { CreditDialog } from './credit-dialog.tsx'
import { DocumentDialog } from './document-dialog.tsx'
import { IssueDialog } from './issue-dialog.tsx'
import { useIssuer } from './use-issuer.ts'
import { useYen } from './words.ts'

/** 請求書・領収書 of one payment: what was issued, what can be, and what a refund asks for. */
export const PaymentDocuments = ({ row }: { readonly row: PaymentRow }) => {
  const may = usePermitted('payments.invoices')
  return may ? <Documents row={row} /> : null
}

const Documents = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('invoices')
  const { row: issued, state } = useRow<InvoicedRow>(invoiced.name, row.payment)
  // Of what was not read whole nothing is said, and nothing is issued twice.
  const known = issued !== null || state === 'ready'
  const [shown, setShown] = useState<string | null>(null)
  const documents = [
    ...(issued?.invoice ? [{ ...issued.invoice, kind: 'invoice' as const }] : []),
    ...(issued?.receipt ? [{ ...issued.receipt, kind: 'receipt' as const }] : []),
    ...(issued?.credits ?? []).map((one) => ({ ...one, kind: 'credit' as const })),
  ]
  return (
    <Panel title={t('payment.title')}>
      {documents.length === 0 ? (
        known && <p className="text-muted">{t('payment.nothing')}</p>
      ) : (
        <ul className="flex flex-col gap-1">
          {documents.map(({ key, number, kind }) => (
            <li key={key} className="flex items-center gap-3">
              <span className="w-24 text-muted">{t(`kind.${kind}`)}</span>
              <button
                type="button"
                className="figure text-accent underline"
                aria-label={t('payment.open', { number })}
                onClick={() => setShown(key)}
              >
                {number}
              </button>
            </li>
          ))}
        </ul>
      )}
      {known && <Acts row={row} issued={issued ?? undefined} />}
      {shown !== null && <DocumentDialog key={shown} document={shown} onClose={() => setShown(null)} />}
    </Panel>
  )
}

type Doing =
  | { readonly what: 'invoice' | 'receipt'; readonly row: PaymentRow }
  | { readonly what: 'credit'; readonly row: PaymentRow; readonly refund: PaymentRow['refunds'][number] }

const Acts = ({ row, issued }: { readonly row: PaymentRow; readonly issued: InvoicedRow | undefined }) => {
  const { t } = useTranslation('invoices')
  const yen = useYen()
  const permitted = usePermitted('payments.issue')
  const issuer = useIssuer()
  const readsOnly = useReadsOnly()
  const [doing, setDoing] = useState<Doing | null>(null)
  if (readsOnly) return null
  const whyNot = (kind: 'invoice' | 'receipt'): string | null => {
    if (!permitted) return t('payment.notPermitted')
    const failure =
      whyNotIssue(kind, row, issued) ??
      (issuer === null ? ({ code: 'payments.issuer-missing', params: {} } as const) : null)
    if (failure === null) return null
    const { what, todo } = failureText(failure)
    return `${what}　${todo}`
  }
  const base = creditBase(issued)
  return (
    <>
      {creditsDue(row, issued).map((refund) => {
        const must = mustCredit(refund)
        const reason = permitted ? null : t('payment.notPermitted')
        return (
          <div
            key={refund.id}
            className={`mt-2 flex flex-wrap items-center gap-2 rounded-md border px-3 py-2 ${must ? 'border-warning' : 'border-line'}`}
          >
            <span className="min-w-0 flex-1">
              {t(must ? 'payment.mustCredit' : 'payment.mayCredit', { amount: yen(refund.minor) })}
            </span>
            <Explained reason={reason}>
              <Button
                small
                aria-disabled={reason !== null}
                onClick={() => reason === null && setDoing({ what: 'credit', row, refund })}
              >
                {t('payment.credit')}
              </Button>
            </Explained>
          </div>
        )
      })}
      <div className="mt-2 flex flex-wrap gap-2">
        {(['receipt', 'invoice'] as const).map((kind) => {
          const reason = whyNot(kind)
          return (
            <Explained key={kind} reason={reason}>
              <Button
                small
                aria-disabled={reason !== null}
                onClick={() => reason === null && setDoing({ what: kind, row })}
              >
                {t(`payment.${kind}`)}
              </Button>
            </Explained>
          )
        })}
      </div>
      {doing !== null && doing.what !== 'credit' && (
        <IssueDialog kind={doing.what} row={doing.row} onClose={() => setDoing(null)} />
      )}
      {doing?.what === 'credit' && base !== null && (
        <CreditDialog row={doing.row} refund={doing.refund} of={base.key} onClose={() => setDoing(null)} />
      )}
    </>
  )
}
