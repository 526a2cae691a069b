import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import type { Envelope } from '#protocol/messages.ts'
import { desktop } from '../../app/desktop.ts'
import { Panel } from '../../ui/panel.tsx'
import { EnvelopeForm } from './envelope-form.tsx'
import { MakeFiles, MakeText } from './make-pane.tsx'
import { PlanView } from './plan-view.tsx'
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
  const icon = <LockKeyhole size={16} aria-hidden="true" />
  const button = { icon, text: t(envelope.sign ? 'signAndEncrypt' : 'encrypt') }
  const run = { button, ready: isReady(plan) && somebody }
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
          <MakeText
            {...run}
            label={t('plainText')}
            made={t('encrypted')}
            make={(text) => desktop.messages.encryptText({ text, envelope })}
          />
        ) : (
          <MakeFiles
            {...run}
            purpose="encrypt"
            armorable
            make={(files, options) => desktop.messages.encryptFiles({ ...files, envelope }, options)}
          />
        )}
      </Panel>
    </div>
  )
}
