import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import { type ChosenFile, type Envelope, longestText } from '#protocol/messages.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { EnvelopeForm } from './envelope-form.tsx'
import { FileBox } from './file-box.tsx'
import { runJob } from './jobs.ts'
import { PlanView } from './plan-view.tsx'
import { ResultText, TextBox } from './text-box.tsx'
import { isReady, usePlan } from './use-plan.ts'

interface PaneProps {
  readonly keyring: Keyring
  readonly thing: 'text' | 'files'
}

const firstOwn = ({ entries }: Keyring): string | null =>
  entries.find((it) => it.own && (it.state === 'valid' || it.state === 'expiring'))?.id ?? null

export const EncryptPane = ({ keyring, thing }: PaneProps) => {
  const { t } = useTranslation('messages')
  const [wish, setWish] = useState<Envelope>(() => {
    const identity = firstOwn(keyring)
    const own = identity !== null
    return { recipients: [], identity, sign: own, toSelf: own, password: false, audience: 'auto' }
  })
  const present = new Set(keyring.entries.map(({ id }) => id))
  const identity = wish.identity !== null && present.has(wish.identity) ? wish.identity : firstOwn(keyring)
  const envelope: Envelope = {
    ...wish,
    recipients: wish.recipients.filter((it) => present.has(it)),
    identity,
    sign: wish.sign && identity !== null,
    toSelf: wish.toSelf && identity !== null,
  }
  const plan = usePlan(envelope, keyring.revision)
  const somebody = envelope.recipients.length > 0 || envelope.password || envelope.toSelf
  const selfOnly = envelope.recipients.length === 0 && !envelope.password
  const ready = isReady(plan) && somebody
  return (
    <div className="grid items-start gap-3 lg:grid-cols-[22rem_1fr]">
      <Panel title={t('envelope')}>
        <div className="flex flex-col gap-4">
          <EnvelopeForm keyring={keyring} envelope={envelope} onChange={setWish} />
          {!somebody && <p className="text-muted">{t('nobody')}</p>}
          {somebody && plan !== null && <PlanView plan={plan} selfOnly={selfOnly} />}
        </div>
      </Panel>
      <Panel title={t(`content.${thing}`)}>
        {thing === 'text' ? (
          <EncryptText envelope={envelope} ready={ready} />
        ) : (
          <EncryptFiles envelope={envelope} ready={ready} />
        )}
      </Panel>
    </div>
  )
}

interface RunProps {
  readonly envelope: Envelope
  readonly ready: boolean
}

const EncryptText = ({ envelope, ready }: RunProps) => {
  const { t } = useTranslation('messages')
  const [text, setText] = useState('')
  const [result, setResult] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    const made = await act(() => desktop.messages.encryptText({ text, envelope }))
    setBusy(false)
    if (made !== null) setResult(made.text)
  }
  if (result !== null) return <ResultText mono label={t('encrypted')} text={result} onClear={() => setResult(null)} />
  return (
    <div className="flex flex-col gap-2">
      <TextBox label={t('plainText')} value={text} onChange={setText} />
      <div>
        <Button
          look="primary"
          icon={<LockKeyhole size={16} aria-hidden="true" />}
          disabled={!ready || busy || text === '' || text.length > longestText}
          onClick={() => void run()}
        >
          {t(envelope.sign ? 'signAndEncrypt' : 'encrypt')}
        </Button>
      </div>
    </div>
  )
}

const EncryptFiles = ({ envelope, ready }: RunProps) => {
  const { t } = useTranslation('messages')
  const [files, setFiles] = useState<readonly ChosenFile[]>([])
  const [armored, setArmored] = useState(false)
  const run = async (): Promise<void> => {
    const tokens = files.map(({ token }) => token)
    const taken = (): void => setFiles((now) => now.filter(({ token }) => !tokens.includes(token)))
    await act(() =>
      runJob(
        'encrypt',
        files,
        (signal) => desktop.messages.encryptFiles({ tokens, envelope, armored }, { signal }),
        taken,
      ),
    )
  }
  return (
    <div className="flex flex-col gap-3">
      <FileBox purpose="encrypt" files={files} onChange={setFiles} />
      <Checkbox checked={armored} onChange={(it) => setArmored(it.target.checked)}>
        {t('armored')}
      </Checkbox>
      <div>
        <Button
          look="primary"
          icon={<LockKeyhole size={16} aria-hidden="true" />}
          disabled={!ready || files.length === 0}
          onClick={() => void run()}
        >
          {t(envelope.sign ? 'signAndEncrypt' : 'encrypt')}
        </Button>
      </div>
    </div>
  )
}
