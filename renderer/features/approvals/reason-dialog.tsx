import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { VotePurpose } from '#protocol/approvals.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea } from '../../ui/field.tsx'

interface ReasonDialogProps {
  readonly purpose: VotePurpose
  /** Of the proposed command. */
  readonly title: string
  readonly onCancel: () => void
  readonly onDone: (reason: string) => void
}

/** Why: it is signed with the answer and stays in the record. What is signed the vault's own window shows next. */
export const ReasonDialog = ({ purpose, title, onCancel, onDone }: ReasonDialogProps) => {
  const { t } = useTranslation('approvals')
  const { t: common } = useTranslation()
  const [reason, setReason] = useState('')
  const given = reason.trim()
  const done = (): void => {
    if (given !== '') onDone(given)
  }
  return (
    <Dialog
      open
      title={t(`ask.${purpose}.title` as 'ask.reject.title')}
      description={t(`ask.${purpose}.text` as 'ask.reject.text')}
      onClose={onCancel}
      footer={
        <>
          <Button onClick={onCancel}>{common('action.cancel')}</Button>
          <Button look={purpose === 'break-glass' ? 'danger' : 'primary'} disabled={given === ''} onClick={done}>
            {t('toSign')}
          </Button>
        </>
      }
    >
      <p className="mb-3 rounded-md bg-raised px-3 py-2 font-bold">{title}</p>
      <Field label={t('reason')} hint={t('reasonHint')}>
        {(ids) => (
          <TextArea
            {...ids}
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && event.ctrlKey && !event.nativeEvent.isComposing) done()
            }}
          />
        )}
      </Field>
    </Dialog>
  )
}
