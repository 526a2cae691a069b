import { Copy, Eraser } from 'lucide-react'
import { type DragEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { longestText } from '#protocol/messages.ts'
import { showToast } from '../../app/toasts.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextArea } from '../../ui/field.tsx'

interface TextBoxProps {
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
  readonly mono?: boolean
  readonly rows?: number
}

/** A text to work on: typed, pasted, or dropped as a text or a small text file. */
export const TextBox = ({ label, value, onChange, mono = false, rows = 10 }: TextBoxProps) => {
  const { t } = useTranslation('messages')
  const [refused, setRefused] = useState(false)
  const tooLong = value.length > longestText
  const drop = (event: DragEvent<HTMLTextAreaElement>): void => {
    const file = event.dataTransfer.files[0]
    if (file === undefined) return
    event.preventDefault()
    setRefused(file.size > longestText)
    if (file.size > longestText) return
    void readUtf8(file).then((text) => {
      setRefused(text === null)
      if (text !== null) onChange(text)
    })
  }
  const error = tooLong ? t('tooLong', { limit: integer(longestText) }) : refused ? t('notText') : null
  return (
    <Field label={label} hint={value === '' ? t('dropHint') : null} error={error}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={rows}
          spellCheck={false}
          className={mono ? 'font-mono' : ''}
          value={value}
          onChange={(it) => {
            setRefused(false)
            onChange(it.target.value)
          }}
          onDragOver={(event) => event.preventDefault()}
          onDrop={drop}
        />
      )}
    </Field>
  )
}

/** null where it is no text. */
async function readUtf8(file: File): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
  } catch {
    return null
  }
}

interface ResultTextProps {
  readonly label: string
  readonly text: string
  readonly mono?: boolean
  readonly onClear: () => void
}

/** What came out, to be copied. It goes with the page. */
export const ResultText = ({ label, text, mono = false, onClear }: ResultTextProps) => {
  const { t } = useTranslation('messages')
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    showToast({ tone: 'ok', title: t('copied') })
  }
  return (
    <div className="flex flex-col gap-2">
      <Field label={label}>
        {(ids) => (
          <TextArea
            {...ids}
            readOnly
            rows={Math.min(16, Math.max(4, text.split('\n').length))}
            className={mono ? 'font-mono' : ''}
            value={text}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button icon={<Copy size={16} aria-hidden="true" />} onClick={() => void copy()}>
          {t('copy')}
        </Button>
        <Button icon={<Eraser size={16} aria-hidden="true" />} onClick={onClear}>
          {t('clear')}
        </Button>
      </div>
    </div>
  )
}
