import { FileDown } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LogState, RestoredLog } from '#protocol/audit.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { isHistoryFailure } from '../../app/history.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { Facts } from './facts.tsx'

interface Props {
  readonly link: DesktopState['link']
  readonly log: LogState
}

/** The backend shows a history that does not extend what was seen: what is known, and the one way on. */
export const HistoryAlarm = ({ link, log }: Props) => {
  const { t } = useTranslation('audit')
  const [accepting, setAccepting] = useState(false)
  const failure = link.failure
  const text = useFailureText(failure ?? { code: 'log.rewritten', params: {} })
  if (failure === null || !isHistoryFailure(failure.code)) return null
  const saveEvidence = (): void =>
    void act(
      () => desktop.audit.exportEvidence({}),
      ({ file }) => t('saved', { file }),
    )
  if (log.restored !== null && failure.code === 'log.restored')
    return <RestoredAlarm restored={log.restored} evidence={log.evidence} />
  const sizes = [
    ['seen', failure.params['seen']],
    ['shown', failure.params['size']],
  ] as const
  return (
    <section role="alert" className="rounded-lg border-2 border-major bg-surface px-4 py-3">
      <h2 className="text-[17px]">
        <Status tone="bad">{text.what}</Status>
      </h2>
      <p className="mt-1">{text.todo}</p>
      <Facts
        facts={[
          ...sizes.flatMap(([name, size]) =>
            size === undefined ? [] : [{ label: t(`alarm.${name}`), value: t('entries', { count: Number(size) }) }],
          ),
          ...(log.evidence === null ? [] : [{ label: t('alarm.evidence'), value: log.evidence }]),
        ]}
      />
      <h3 className="mt-3 font-bold">{t('alarm.now')}</h3>
      <ol className="mt-1 list-decimal pl-6">
        {(['stop', 'hand', 'compare', 'decide'] as const).map((step) => (
          <li key={step}>{t(`alarm.step.${step}`)}</li>
        ))}
      </ol>
      <p className="mt-2 text-muted">{t('alarm.limits')}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        {log.evidence !== null && (
          <Button look="primary" icon={<FileDown size={14} aria-hidden="true" />} onClick={saveEvidence}>
            {t('alarm.export')}
          </Button>
        )}
        <Button onClick={() => void desktop.app.reconnect({})}>{t('alarm.again')}</Button>
        <Button onClick={() => setAccepting(true)}>{t('alarm.accept')}</Button>
      </div>
      {accepting && <AcceptDialog onClose={() => setAccepting(false)} />}
    </section>
  )
}

const signedTones: Readonly<Record<RestoredLog['signedBy'], Tone>> = {
  administrator: 'ok',
  nobody: 'warning',
  unknown: 'bad',
}

/** 説明のある断絶: the log goes on from a backup. Who says so, and what of what was seen here is gone. */
const RestoredAlarm = ({
  restored,
  evidence,
}: {
  readonly restored: RestoredLog
  readonly evidence: string | null
}) => {
  const { t } = useTranslation('audit')
  const [accepting, setAccepting] = useState(false)
  const { lost, seen, signedBy } = restored
  const loss = lost === null ? 'unknown' : lost === 0 ? 'nothing' : 'some'
  return (
    <section role="alert" className="rounded-lg border-2 border-major bg-surface px-4 py-3">
      <h2 className="text-[17px]">
        <Status tone="bad">{t('restored.title')}</Status>
      </h2>
      <p className="mt-1">{t('restored.what')}</p>
      <Facts
        facts={[
          { label: t('restored.by'), value: <span className="font-mono">{restored.operator}</span> },
          { label: t('restored.at'), value: dateTime(restored.at) },
          { label: t('restored.reason'), value: restored.reason },
          {
            label: t('restored.signature'),
            value: <Status tone={signedTones[signedBy]}>{t(`restored.signed.${signedBy}`)}</Status>,
          },
          { label: t('restored.kept'), value: t('entries', { count: restored.size }) },
          ...(seen === null ? [] : [{ label: t('alarm.seen'), value: t('entries', { count: seen }) }]),
          {
            label: t('restored.lost'),
            value: (
              <Status tone={loss === 'nothing' ? 'ok' : 'bad'}>
                {t(`restored.loss.${loss}`, { count: lost ?? 0 })}
              </Status>
            ),
          },
          {
            label: t('restored.ids'),
            value: <span className="font-mono">{`${restored.previous} → ${restored.deployment}`}</span>,
          },
          ...(evidence === null ? [] : [{ label: t('alarm.evidence'), value: evidence }]),
        ]}
      />
      <p className="mt-2 text-muted">{t('restored.limits')}</p>
      <div className="mt-3 flex gap-2">
        <Button onClick={() => void desktop.app.reconnect({})}>{t('alarm.again')}</Button>
        <Button onClick={() => setAccepting(true)}>{t('restored.accept')}</Button>
      </div>
      {accepting && <AcceptDialog onClose={() => setAccepting(false)} />}
    </section>
  )
}

const AcceptDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('audit')
  const { t: common } = useTranslation()
  const [reason, setReason] = useState('')
  const accept = async (): Promise<void> => {
    const done = await act(
      () => desktop.audit.acceptHistory({ reason }),
      () => t('accepted'),
    )
    if (done !== null) onClose()
  }
  return (
    <Dialog
      open
      title={t('accept.title')}
      description={t('accept.effects')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="danger" disabled={reason.trim() === ''} onClick={() => void accept()}>
            {t('accept.do')}
          </Button>
        </>
      }
    >
      <Field label={t('accept.reason')} hint={t('accept.reasonHint')}>
        {(ids) => (
          <TextArea {...ids} value={reason} maxLength={400} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Dialog>
  )
}
