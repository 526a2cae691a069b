import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field, TextArea } from './field.tsx'

interface NoteDialogProps {
  readonly title: string
  readonly description?: ReactNode
  readonly action: string
  /** Longest note, in characters. */
  readonly most?: number
  /** Without a note there is nothing to record. */
  readonly needed?: boolean
  readonly onCancel: () => void
  readonly onDone: (note: string) => void
}

/** Asks for a note that goes into the record with an action; Ctrl+Enter does it. */
export const NoteDialog = ({
  title,
  description,
  action,
  most = 2_000,
  needed = false,
  onCancel,
  onDone,
}: NoteDialogProps) => {
  const { t } = useTranslation()
  const [note, setNote] = useState('')
  const lacking = needed && note.trim() === ''
  return (
    <Dialog
      open
      title={title}
      description={description}
      onClose={onCancel}
      footer={
        <>
          <Button onClick={onCancel}>{t('action.cancel')}</Button>
          <Button look="primary" disabled={lacking} onClick={() => onDone(note)}>
            {action}
          </Button>
        </>
      }
    >
      <Field label={t('note')} hint={t('noteHint')}>
        {(ids) => (
          <TextArea
            {...ids}
            value={note}
            maxLength={most}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && event.ctrlKey && !event.nativeEvent.isComposing && !lacking) onDone(note)
            }}
          />
        )}
      </Field>
    </Dialog>
  )
}
