import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ChosenFile, type FileProgress, longestText } from '#protocol/messages.ts'
import { act } from '../../app/act.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { FileBox } from './file-box.tsx'
import { runJob } from './jobs.ts'
import { ResultText, TextBox } from './text-box.tsx'

/** What is made of a text or of files, by a button below them: encrypted and signed messages, signatures. */
interface MakeProps {
  readonly button: { readonly icon: ReactNode; readonly text: string }
  readonly ready: boolean
}

interface MakeTextProps extends MakeProps {
  readonly label: string
  readonly made: string
  readonly make: (text: string) => Promise<{ readonly text: string }>
}

export const MakeText = ({ button, ready, label, made, make }: MakeTextProps) => {
  const [text, setText] = useState('')
  const [result, setResult] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    const answer = await act(() => make(text))
    setBusy(false)
    if (answer !== null) setResult(answer.text)
  }
  if (result !== null) return <ResultText mono label={made} text={result} onClear={() => setResult(null)} />
  return (
    <div className="flex flex-col gap-2">
      <TextBox label={label} value={text} onChange={setText} />
      <Make button={button} disabled={!ready || busy || text === '' || text.length > longestText} onRun={run} />
    </div>
  )
}

interface MakeFilesProps extends MakeProps {
  readonly purpose: 'encrypt' | 'sign'
  /** Whether what is made can be text as well. */
  readonly armorable: boolean
  readonly make: (
    input: { readonly tokens: string[]; readonly armored: boolean },
    options: { readonly signal: AbortSignal },
  ) => Promise<AsyncIterable<FileProgress>>
}

export const MakeFiles = ({ button, ready, purpose, armorable, make }: MakeFilesProps) => {
  const { t } = useTranslation('messages')
  const [files, setFiles] = useState<readonly ChosenFile[]>([])
  const [armored, setArmored] = useState(false)
  const run = async (): Promise<void> => {
    const tokens = files.map(({ token }) => token)
    const taken = (): void => setFiles((now) => now.filter(({ token }) => !tokens.includes(token)))
    await act(() => runJob(purpose, files, (signal) => make({ tokens, armored }, { signal }), taken))
  }
  return (
    <div className="flex flex-col gap-3">
      <FileBox purpose={purpose} files={files} onChange={setFiles} />
      {armorable && (
        <Checkbox checked={armored} onChange={(it) => setArmored(it.target.checked)}>
          {t('armored')}
        </Checkbox>
      )}
      <Make button={button} disabled={!ready || files.length === 0} onRun={run} />
    </div>
  )
}

interface ButtonProps extends Pick<MakeProps, 'button'> {
  readonly disabled: boolean
  readonly onRun: () => Promise<void>
}

const Make = ({ button, disabled, onRun }: ButtonProps) => (
  <div>
    <Button look="primary" icon={button.icon} disabled={disabled} onClick={() => void onRun()}>
      {button.text}
    </Button>
  </div>
)
