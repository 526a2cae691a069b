import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LogState } from '#protocol/audit.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { isHistoryFailure } from '../../app/history.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
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
      <p className="mt-2 text-muted">{t('alarm.limits')}</p>
      <div className="mt-3 flex gap-2">
        <Button onClick={() => void desktop.app.reconnect({})}>{t('alarm.again')}</Button>
        <Button onClick={() => setAccepting(true)}>{t('alarm.accept')}</Button>
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
