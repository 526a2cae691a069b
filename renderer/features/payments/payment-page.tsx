import { ArrowLeft, CircleHelp, Hourglass, Link2, QrCode } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type CaseRow,
  cases,
  type PaymentRow,
  payments,
  type TransferRow,
  transfers,
} from '#protocol/payments-records.ts'
import { act } from '../../app/act.ts'
import { backendNow } from '../../app/clock.ts'
import { useList, useRow } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { ActDialog } from './act-dialog.tsx'
import { EntriesTable } from './entries-table.tsx'
import { EvidencePanel } from './evidence-panel.tsx'
import { PaymentDocuments } from './invoices/payment-documents.tsx'
import { LinkPanel } from './link-panel.tsx'
import { PayerPanel } from './payer-panel.tsx'
import { PaymentFacts } from './payment-facts.tsx'
import { StateMark } from './state-mark.tsx'
import { type OperatorAct, underWay, whyNot } from './story.ts'
import { Story } from './story-list.tsx'
import { useMoney } from './words.ts'

const acts: readonly OperatorAct[] = ['refund', 'capture', 'cancel']

/** What can be done with it now; what can't says why. */
const Actions = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const [doing, setDoing] = useState<{ readonly kind: OperatorAct; readonly row: PaymentRow } | null>(null)
  const mayRefund = usePermitted('payments.refund')
  const mayCapture = usePermitted('payments.capture')
  const permitted: Readonly<Record<OperatorAct, boolean>> = {
    refund: mayRefund,
    cancel: mayRefund,
    capture: mayCapture,
  }
  if (useReadsOnly()) return null
  const now = backendNow()
  return (
    <div className="flex flex-wrap gap-2">
      {acts.map((kind) => {
        const why = whyNot(kind, row, now)
        const reason = !permitted[kind] ? t('notPermitted') : why === null ? null : t(`whyNot.${kind}.${why}`)
        return (
          <Explained key={kind} reason={reason}>
            <Button aria-disabled={reason !== null} onClick={() => reason === null && setDoing({ kind, row })}>
              {t(`act.${kind}.button`)}
            </Button>
          </Explained>
        )
      })}
      {doing !== null && <ActDialog {...doing} onClose={() => setDoing(null)} />}
    </div>
  )
}

/** What is on its way, and what nobody knows: said in words, since both ask for patience and not for another try. */
const Pending = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const open = underWay(row)
  if (row.state !== 'unknown' && open.length === 0) return null
  return (
    <div role="status" className="flex flex-col gap-1 rounded-md border border-warning bg-raised px-3 py-2">
      {open
        .filter(({ state }) => state !== 'unknown')
        .map(({ act: id, kind, minor }) => (
          <p key={id} className="flex items-center gap-2">
            <Hourglass size={15} aria-hidden="true" className="shrink-0 text-accent" />
            {t(`pending.${kind}`, { amount: amount(row.currency, minor) })}
          </p>
        ))}
      {row.state === 'unknown' && (
        <p className="flex items-start gap-2">
          <CircleHelp size={15} aria-hidden="true" className="mt-1 shrink-0 text-warning" />
          {t('pending.unknown')}
        </p>
      )}
    </div>
  )
}

const Ledger = ({ payment }: { readonly payment: string }) => {
  const { t } = useTranslation('payments')
  const list = useList<TransferRow>(transfers.name, { where: { payment: [payment] }, descending: false })
  return (
    <Panel title={t('entries.title')} padded={false}>
      <ListBody list={list} empty={t('entries.none')} emptyHint={t('entries.noneHint')}>
        {(rows) => <EntriesTable label={t('entries.title')} entries={rows} />}
      </ListBody>
    </Panel>
  )
}

interface PaymentPageProps {
  readonly payment: string
  readonly onClose: () => void
  readonly onOpen: (payment: string) => void
}

/** One payment with its whole story, read by its key, so that a link finds it wherever the list stands. */
export const PaymentPage = ({ payment, onClose, onOpen }: PaymentPageProps) => {
  const { t } = useTranslation('payments')
  const { row, ...found } = useRow<PaymentRow>(payments.name, payment)
  return (
    <article aria-label={t('details')} className="flex w-full max-w-6xl flex-col gap-3">
      <div className="flex items-center gap-2">
        <Button icon={<ArrowLeft size={15} aria-hidden="true" />} onClick={onClose}>
          {t('back')}
        </Button>
        <Button
          look="quiet"
          icon={<Link2 size={15} aria-hidden="true" />}
          onClick={() =>
            void act(
              () => desktop.app.copyLink({ page: 'payments', key: payment }),
              () => t('linkCopied'),
            )
          }
        >
          {t('copyLink')}
        </Button>
      </div>
      <ListBody list={{ ...found, rows: row === null ? [] : [row] }} empty={t('gone.title')} emptyHint={t('gone.hint')}>
        {([one]) => one && <Shown row={one} onOpen={onOpen} />}
      </ListBody>
    </article>
  )
}

const Shown = ({ row, onOpen }: { readonly row: PaymentRow; readonly onOpen: (payment: string) => void }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const [link, setLink] = useState(false)
  const told = useList<CaseRow>(cases.name, { where: { payment: [row.payment] }, descending: false }).rows
  const payable = row.link !== null && (row.state === 'pending' || row.state === 'created')
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-5 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-muted" title={row.title}>
            {row.title}
          </h2>
          <p className="flex flex-wrap items-baseline gap-x-4">
            <span className="figure font-bold text-[26px]">{amount(row.currency, row.amount)}</span>
            <StateMark state={row.state} />
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {payable && (
            <Button aria-pressed={link} icon={<QrCode size={15} aria-hidden="true" />} onClick={() => setLink(!link)}>
              {t('link.show')}
            </Button>
          )}
          <Actions row={row} />
        </div>
      </header>
      <Pending row={row} />
      {payable && link && <LinkPanel row={row} />}
      <div className="grid gap-3 @container xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-3">
          <Panel title={t('story.title')}>
            <Story row={row} cases={told} />
          </Panel>
          <Ledger payment={row.payment} />
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          <PaymentDocuments row={row} />
          <Panel title={t('facts.title')}>
            <PaymentFacts row={row} />
          </Panel>
          {row.provider === 'paypal' && <EvidencePanel row={row} />}
          <PayerPanel row={row} onOpen={onOpen} />
        </div>
      </div>
    </>
  )
}
