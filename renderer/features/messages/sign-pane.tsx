import { PenLine } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import {
  type ChosenFile,
  type Envelope,
  longestText,
  type SignatureForm,
  type Signing,
  signatureForms,
} from '#protocol/messages.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { AudienceSelect, IdentitySelect } from './envelope-form.tsx'
import { FileBox } from './file-box.tsx'
import { runJob } from './jobs.ts'
import { PlanView } from './plan-view.tsx'
import { ResultText, TextBox } from './text-box.tsx'
import { isReady, usePlan } from './use-plan.ts'

interface SignPaneProps {
  readonly keyring: Keyring
  readonly thing: 'text' | 'files'
}

export const SignPane = ({ keyring, thing }: SignPaneProps) => {
  const { t } = useTranslation('messages')
  const own = keyring.entries.filter((it) => it.own)
  const [chosen, setChosen] = useState<string | null>(null)
  const [audience, setAudience] = useState<Signing['audience']>('auto')
  const [form, setForm] = useState<SignatureForm>(thing === 'text' ? 'cleartext' : 'detached')
  const identity = own.find(({ id }) => id === chosen)?.id ?? own[0]?.id ?? null
  const envelope: Envelope = { recipients: [], identity, sign: true, toSelf: false, password: false, audience }
  const plan = usePlan(envelope, keyring.revision)
  if (identity === null) return <Empty title={t('noOwn')}>{t('noOwnHint')}</Empty>
  const run = { signing: { identity, audience, form }, ready: isReady(plan) && plan.signer !== null }
  return (
    <div className="grid items-start gap-3 lg:grid-cols-[22rem_1fr]">
      <Panel title={t('signing')}>
        <div className="flex flex-col gap-3">
          <IdentitySelect keyring={keyring} value={identity} onChange={setChosen} />
          <Field label={t('form.label')} hint={t(`formHint.${form}`)}>
            {(ids) => (
              <Select {...ids} value={form} onChange={(it) => setForm(it.target.value as SignatureForm)}>
                {signatureForms.map((it) => (
                  <option key={it} value={it}>
                    {t(`form.${it}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <AudienceSelect texts="audienceSign" value={audience} onChange={setAudience} />
          {plan !== null && <PlanView plan={plan} />}
        </div>
      </Panel>
      <Panel title={t(`content.${thing}`)}>{thing === 'text' ? <SignText {...run} /> : <SignFiles {...run} />}</Panel>
    </div>
  )
}

interface RunProps {
  readonly signing: Signing
  readonly ready: boolean
}

const SignText = ({ signing, ready }: RunProps) => {
  const { t } = useTranslation('messages')
  const [text, setText] = useState('')
  const [result, setResult] = useState<string | null>(null)
  const run = async (): Promise<void> => {
    const made = await act(() => desktop.messages.signText({ text, signing }))
    if (made !== null) setResult(made.text)
  }
  if (result !== null)
    return <ResultText mono label={t(`signed.${signing.form}`)} text={result} onClear={() => setResult(null)} />
  return (
    <div className="flex flex-col gap-2">
      <TextBox label={t('textToSign')} value={text} onChange={setText} />
      <div>
        <Button
          look="primary"
          icon={<PenLine size={16} aria-hidden="true" />}
          disabled={!ready || text === '' || text.length > longestText}
          onClick={() => void run()}
        >
          {t('mode.sign')}
        </Button>
      </div>
    </div>
  )
}

const SignFiles = ({ signing, ready }: RunProps) => {
  const { t } = useTranslation('messages')
  const [files, setFiles] = useState<readonly ChosenFile[]>([])
  const [armored, setArmored] = useState(false)
  const run = async (): Promise<void> => {
    const tokens = files.map(({ token }) => token)
    const taken = (): void => setFiles((now) => now.filter(({ token }) => !tokens.includes(token)))
    await act(() =>
      runJob('sign', files, (signal) => desktop.messages.signFiles({ tokens, signing, armored }, { signal }), taken),
    )
  }
  return (
    <div className="flex flex-col gap-3">
      <FileBox purpose="sign" files={files} onChange={setFiles} />
      {signing.form !== 'cleartext' && (
        <Checkbox checked={armored} onChange={(it) => setArmored(it.target.checked)}>
          {t('armored')}
        </Checkbox>
      )}
      <div>
        <Button
          look="primary"
          icon={<PenLine size={16} aria-hidden="true" />}
          disabled={!ready || files.length === 0}
          onClick={() => void run()}
        >
          {t('mode.sign')}
        </Button>
      </div>
    </div>
  )
}
