import { PenLine } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import { type Envelope, type SignatureForm, type Signing, signatureForms } from '#protocol/messages.ts'
import { desktop } from '../../app/desktop.ts'
import { Field, Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { AudienceSelect, IdentitySelect } from './envelope-form.tsx'
import { MakeFiles, MakeText } from './make-pane.tsx'
import { PlanView } from './plan-view.tsx'
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
  const signing: Signing = { identity, audience, form }
  const button = { icon: <PenLine size={16} aria-hidden="true" />, text: t('mode.sign') }
  const run = { button, ready: isReady(plan) && plan.signer !== null }
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
      <Panel title={t(`content.${thing}`)}>
        {thing === 'text' ? (
          <MakeText
            {...run}
            label={t('textToSign')}
            made={t(`signed.${form}`)}
            make={(text) => desktop.messages.signText({ text, signing })}
          />
        ) : (
          <MakeFiles
            {...run}
            purpose="sign"
            armorable={form !== 'cleartext'}
            make={(files, options) => desktop.messages.signFiles({ ...files, signing }, options)}
          />
        )}
      </Panel>
    </div>
  )
}
