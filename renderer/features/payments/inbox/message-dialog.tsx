import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PaymentEvidenceRow, paymentEvidence } from '#protocol/payments-evidence.ts'
import {
  type MessageRow,
  outcomesOf,
  type RawMessage,
  replayMessage,
  type StepOutcome,
} from '#protocol/payments-inbox.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { act } from '../../../app/act.ts'
import { useRow } from '../../../app/collection.ts'
import { desktop } from '../../../app/desktop.ts'
import { goTo } from '../../../app/navigation.ts'
import { useDesktop, usePermitted } from '../../../app/streams.ts'
import { submit } from '../../../app/submit.ts'
import { dateTime } from '../../../format/instant.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Field, TextInput } from '../../../ui/field.tsx'
import { Status, type Tone } from '../../../ui/status.tsx'
import { useMessageKind, useMoney, useProviderLabel } from '../words.ts'

const tones: Readonly<Record<StepOutcome, Tone>> = { passed: 'ok', failed: 'bad', stopped: 'off', open: 'off' }

interface MessageDialogProps {
  readonly row: MessageRow
  readonly onClose: () => void
  readonly onReplayed: () => void
}

/** One message: how it was verified, what it led to, the message itself for who may read it. */
export const MessageDialog = ({ row, onClose, onReplayed }: MessageDialogProps) => {
  const { t } = useTranslation('paymentsInbox')
  const { t: common } = useTranslation()
  const label = useProviderLabel()
  const replay = async (): Promise<void> => {
    const { provider, id } = row
    const sent = await submit(replayMessage.name, { provider, message: id }, t('replayed'))
    if (sent?.state === 'accepted') onReplayed()
  }
  const cannot = useWhyNotReplay(row)
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('dialogTitle', { provider: label(row.provider), at: dateTime(row.receivedAt) })}
      footer={
        <>
          <Explained reason={cannot}>
            <Button aria-disabled={cannot !== null} {...(cannot === null && { onClick: () => void replay() })}>
              {t('replay')}
            </Button>
          </Explained>
          <Button look="primary" onClick={onClose}>
            {common('action.close')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Steps row={row} />
        <Facts row={row} onLeave={onClose} />
        <Raw row={row} />
      </div>
    </Dialog>
  )
}

const useWhyNotReplay = (row: MessageRow): string | null => {
  const { t } = useTranslation('paymentsInbox')
  const may = usePermitted('payments.cases')
  const linked = useDesktop((state) => state?.link.state === 'live')
  if (!may) return t('notPermitted')
  if (!linked) return t('offline')
  if (!row.whole) return t('notWhole')
  return row.state === 'received' ? t('waitsAlready') : null
}

const Steps = ({ row }: { readonly row: MessageRow }) => {
  const { t } = useTranslation('paymentsInbox')
  return (
    <section aria-label={t('steps')}>
      <h3 className="mb-1 font-bold">{t('steps')}</h3>
      {row.provider === 'paypay' && <p className="mb-1 text-muted">{t('unsigned')}</p>}
      <ol className="flex flex-col gap-1">
        {outcomesOf(row).map(({ step, outcome }) => (
          <li key={step} className="flex gap-3">
            <span className="w-28 shrink-0">
              <Status tone={tones[outcome]}>{t(`outcome.${outcome}`)}</Status>
            </span>
            <span className="w-44 shrink-0">{t(`step.${step}`)}</span>
            <span className="min-w-0 text-muted">
              {step === row.ended && row.code !== ''
                ? t(`code.${row.code}` as 'code.signature', { defaultValue: row.code })
                : t(`stepAbout.${step}`)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

const Facts = ({ row, onLeave }: { readonly row: MessageRow; readonly onLeave: () => void }) => {
  const { t } = useTranslation('paymentsInbox')
  const kindWords = useMessageKind()
  const { payment } = row
  const open = (): void => {
    onLeave()
    goTo({ page: 'payments', key: payment })
  }
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      <dt className="text-faint">{t('fact.id')}</dt>
      <dd className="figure break-all select-text">{row.id}</dd>
      <dt className="text-faint">{t('column.kind')}</dt>
      <dd className="flex flex-wrap gap-x-3">
        <span>{kindWords(row.kind)}</span>
        <span className="figure break-all">{row.kind || t('noKind')}</span>
      </dd>
      <dt className="text-faint">{t('fact.settled')}</dt>
      <dd className="figure">{row.settledAt === null ? t('notSettled') : dateTime(row.settledAt)}</dd>
      {/* What we asked for ourselves bears no signature. */}
      {row.provider === 'paypal' && row.via === 'webhook' && row.state === 'processed' && <Evidence message={row.id} />}
      <dt className="text-faint">{t('fact.payment')}</dt>
      <dd>
        {payment === null ? (
          t('noPayment')
        ) : (
          <button type="button" className="break-all text-left text-accent underline" onClick={open}>
            <PaymentName payment={payment} />
          </button>
        )}
      </dd>
    </dl>
  )
}

const PaymentName = ({ payment }: { readonly payment: string }) => {
  const amount = useMoney()
  const { row } = useRow<PaymentRow>(payments.name, payment)
  return row === null ? payment : `${row.title}　${amount(row.currency, row.amount)}`
}

/** In which entry the proof of its signature is kept. */
const Evidence = ({ message }: { readonly message: string }) => {
  const { t } = useTranslation('paymentsInbox')
  const { row, state } = useRow<PaymentEvidenceRow>(paymentEvidence.name, message)
  // Of what was not read whole nothing is said.
  if (row === null && state !== 'ready') return null
  return (
    <>
      <dt className="text-faint">{t('fact.evidence')}</dt>
      <dd>{row === null ? t('evidence.none') : t('evidence.entry', { entry: row.entry })}</dd>
    </>
  )
}

/** Personal data: asked for with a reason, which stands in the record before the message is handed out. */
const Raw = ({ row }: { readonly row: MessageRow }) => {
  const { t } = useTranslation('paymentsInbox')
  const may = usePermitted('payments.messages')
  const [reason, setReason] = useState('')
  const [raw, setRaw] = useState<RawMessage | null>(null)
  if (!may) return <p className="text-muted">{t('raw.notPermitted')}</p>
  const open = async (): Promise<void> => {
    const { provider, id } = row
    setRaw(await act(() => desktop.payments.message({ provider, message: id, reason: reason.trim() })))
  }
  if (raw === null) {
    return (
      <div className="flex items-end gap-3">
        <div className="grow">
          <Field label={t('raw.reason')} hint={t('raw.hint')}>
            {(ids) => (
              <TextInput {...ids} value={reason} maxLength={400} onChange={(event) => setReason(event.target.value)} />
            )}
          </Field>
        </div>
        <Button className="mb-7" disabled={reason.trim() === ''} onClick={() => void open()}>
          {t('raw.open')}
        </Button>
      </div>
    )
  }
  const head = Object.entries(raw.headers).map(([name, value]) => `${name}: ${value}`)
  return (
    <section aria-label={t('raw.title')}>
      <h3 className="mb-1 font-bold">{t('raw.title')}</h3>
      {!row.whole && <p className="text-warning">{t('notWhole')}</p>}
      <textarea
        readOnly
        aria-label={t('raw.title')}
        rows={14}
        className="w-full rounded-md border border-line-strong bg-canvas p-2 font-mono text-[13px] select-text"
        value={`${head.join('\n')}\n\n${raw.text ?? raw.bytes}`}
      />
    </section>
  )
}
