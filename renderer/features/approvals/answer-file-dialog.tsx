import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea } from '../../ui/field.tsx'

/** Answers a proposal that came as a file; what it is, the vault's window shows before it signs. */
export const AnswerFileDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('approvals')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const answer = async (purpose: 'approve' | 'reject'): Promise<void> => {
    setBusy(true)
    const done = await act(
      () => desktop.approvals.answerFile({ purpose, reason: reason.trim() }),
      ({ file }) => t('answered', { file }),
    )
    setBusy(false)
    if (done !== null) onClose()
  }
  return (
    <Dialog
      open
      title={t('answerFileTitle')}
      description={t('answerFileText')}
      onClose={onClose}
      footer={
        <>
          <Button disabled={busy || reason.trim() === ''} onClick={() => void answer('reject')}>
            {t('answerReject')}
          </Button>
          <Button look="primary" disabled={busy} onClick={() => void answer('approve')}>
            {t('answerApprove')}
          </Button>
        </>
      }
    >
      <Field label={t('rejectReason')} hint={t('reasonHint')}>
        {(ids) => (
          <TextArea {...ids} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Dialog>
  )
}
