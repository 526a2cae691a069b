import { MailOpen } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '#protocol/errors.ts'
import { type ChosenFile, longestText, type Reading } from '#protocol/messages.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Failed } from '../../ui/states/states.tsx'
import { FileBox } from './file-box.tsx'
import { runJob } from './jobs.ts'
import { ReadingView } from './reading-view.tsx'
import { ResultText, TextBox } from './text-box.tsx'
import { summaryOf } from './verdict-text.ts'

export const ReadPane = ({ thing }: { readonly thing: 'text' | 'files' }) => {
  const { t } = useTranslation('messages')
  return <Panel title={t(`content.${thing}`)}>{thing === 'text' ? <ReadText /> : <ReadFiles />}</Panel>
}

/** A signature that lies apart needs the text that it is over. */
const isDetached = (text: string): boolean => /^\s*-----BEGIN PGP SIGNATURE-----/.test(text)

/** What no signature stands for is not called signed. */
const labelOf = (reading: Reading) => {
  const summary = summaryOf(reading)
  const stands = summary === 'verified' || summary === 'unconfirmed'
  return reading.kind === 'encrypted' || stands ? (`read.${reading.kind}` as const) : 'unproven'
}

const ReadText = () => {
  const { t } = useTranslation('messages')
  const [text, setText] = useState('')
  const [signed, setSigned] = useState('')
  const [busy, setBusy] = useState(false)
  const [read, setRead] = useState<{ readonly text: string; readonly reading: Reading } | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const detached = isDetached(text)
  const change = (next: string): void => {
    setText(next)
    setFailure(null)
  }
  const run = async (): Promise<void> => {
    setBusy(true)
    setFailure(null)
    try {
      setRead(await desktop.messages.readText({ text, signed: detached ? signed : null }))
    } catch (thrown) {
      const why = failureIn(thrown)
      if (why.code !== 'vault.declined') setFailure(why)
    } finally {
      setBusy(false)
    }
  }
  const clear = (): void => {
    setRead(null)
    change('')
    setSigned('')
  }
  if (read !== null)
    return (
      <div className="flex flex-col gap-3">
        <ReadingView reading={read.reading} />
        <ResultText label={t(labelOf(read.reading))} text={read.text} onClear={clear} />
      </div>
    )
  return (
    <div className="flex flex-col gap-2">
      <TextBox mono label={t('messageText')} value={text} onChange={change} />
      {detached && <TextBox label={t('signedText')} value={signed} onChange={setSigned} rows={6} />}
      {failure !== null && <Failed failure={failure} />}
      <div>
        <Button
          look="primary"
          icon={<MailOpen size={16} aria-hidden="true" />}
          disabled={busy || text.trim() === '' || text.length > longestText || (detached && signed === '')}
          onClick={() => void run()}
        >
          {t('mode.read')}
        </Button>
      </div>
    </div>
  )
}

const ReadFiles = () => {
  const { t } = useTranslation('messages')
  const [files, setFiles] = useState<readonly ChosenFile[]>([])
  const run = async (): Promise<void> => {
    const tokens = files.map(({ token }) => token)
    const taken = (): void => setFiles((now) => now.filter(({ token }) => !tokens.includes(token)))
    await act(() => runJob('read', files, (signal) => desktop.messages.readFiles({ tokens }, { signal }), taken))
  }
  return (
    <div className="flex flex-col gap-3">
      <FileBox purpose="read" files={files} onChange={setFiles} />
      <div>
        <Button
          look="primary"
          icon={<MailOpen size={16} aria-hidden="true" />}
          disabled={files.length === 0}
          onClick={() => void run()}
        >
          {t('mode.read')}
        </Button>
      </div>
    </div>
  )
}
