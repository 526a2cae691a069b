import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ProviderName } from '#protocol/payments.ts'
import {
  type ConnectionTest,
  configureProvider,
  providerFields,
  type SettingsRow,
} from '#protocol/payments-settings.ts'
import { act } from '../../../app/act.ts'
import { desktop } from '../../../app/desktop.ts'
import { failureIn } from '../../../app/failure.ts'
import { sayFailure, submit } from '../../../app/submit.ts'
import { dateTime } from '../../../format/instant.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Checkbox, Field, TextInput } from '../../../ui/field.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { Status } from '../../../ui/status.tsx'
import { useFieldName, useProviderLabel } from '../words.ts'
import { changeOf, type Draft, draftOf, keptSecrets, problemsOf, shownFields, triedOf, withAddress } from './draft.ts'
import { TestResult } from './test-result.tsx'

interface SettingsDialogProps {
  readonly provider: ProviderName
  /** As it stands now: somebody else may change it while this is open. */
  readonly row: SettingsRow | null
  readonly onClose: () => void
}
type Edit = (change: Partial<Draft>) => void

/** What is entered of a provider; keys are typed in main's own window and are here only sealed. */
export const SettingsDialog = ({ provider, row, onClose }: SettingsDialogProps) => {
  const { t } = useTranslation('paymentsConnections')
  const { t: common } = useTranslation()
  const label = useProviderLabel()
  const [draft, setDraft] = useState(() => draftOf(provider, row))
  const [test, setTest] = useState<ConnectionTest | null>(null)
  const [busy, setBusy] = useState(false)
  const problems = problemsOf(provider, draft)
  const whole = Object.keys(problems).length === 0
  const edit: Edit = (change) => {
    setTest(null)
    setDraft((now) =>
      withAddress({ ...now, ...change, baseAddress: now.baseAddress }, change.baseAddress ?? now.baseAddress),
    )
  }
  const during = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    await work()
    setBusy(false)
  }
  const tryIt = () =>
    during(async () => setTest(await act(() => desktop.payments.test({ provider, draft: triedOf(provider, draft) }))))
  const save = () =>
    during(async () => {
      const params = changeOf(provider, draft)
      const sent = await submit(configureProvider.name, params, t('saved', { provider: label(provider) }))
      if (sent?.state === 'accepted') onClose()
    })
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('dialogTitle', { provider: label(provider) })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button disabled={busy || !whole} onClick={() => void tryIt()}>
            {t('test')}
          </Button>
          <Button look="primary" disabled={busy || !whole} onClick={() => void save()}>
            {t('sign')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Guidance provider={provider} />
        <Place provider={provider} draft={draft} wrong={'baseAddress' in problems} edit={edit} />
        <Way provider={provider} draft={draft} edit={edit} />
        <Values provider={provider} draft={draft} problems={problems} edit={edit} />
        <Keys provider={provider} draft={draft} edit={edit} />
        <Checkbox checked={draft.paused} onChange={(event) => edit({ paused: event.target.checked })}>
          {t('pause')}
        </Checkbox>
        {row !== null && row.changedAt !== draft.from?.changedAt && (
          <p role="alert" className="text-warning">
            {t('changedMeanwhile', { by: row.changedBy, at: dateTime(row.changedAt) })}
          </p>
        )}
        {test !== null && <TestResult provider={provider} test={test} />}
        <p className="text-faint">{whole ? t('signHint') : t('incomplete')}</p>
      </div>
    </Dialog>
  )
}

/** Where each key comes from, step by step. */
const Guidance = ({ provider }: { readonly provider: ProviderName }) => {
  const { t } = useTranslation('paymentsConnections')
  const steps = t(`guide.${provider}`).split('\n')
  return (
    <details className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer font-bold">{t('guide.title')}</summary>
      <ol className="mt-2 list-decimal pl-5">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </details>
  )
}

const Place = ({
  provider,
  draft,
  wrong,
  edit,
}: {
  readonly provider: ProviderName
  readonly draft: Draft
  readonly wrong: boolean
  readonly edit: Edit
}) => {
  const { t } = useTranslation('paymentsConnections')
  const { live, sandbox } = providerFields[provider]
  const place = draft.baseAddress === live ? 'live' : draft.baseAddress === sandbox ? 'sandbox' : 'own'
  const [own, setOwn] = useState(place === 'own')
  const value = own ? 'own' : place
  const options = (['live', ...(sandbox === null ? [] : ['sandbox' as const]), 'own'] as const).map((one) => ({
    value: one,
    label: t(`place.${one}`),
  }))
  const choose = (next: 'live' | 'sandbox' | 'own'): void => {
    setOwn(next === 'own')
    if (next === 'live') edit({ baseAddress: live })
    if (next === 'sandbox' && sandbox !== null) edit({ baseAddress: sandbox })
  }
  return (
    <div className="flex flex-col gap-2">
      <div>
        <Segmented label={t('fact.address')} value={value} options={options} onChange={choose} />
      </div>
      <Field label={t('fact.address')} hint={t('addressHint')} error={wrong ? t('wrong.address') : null}>
        {(ids) => (
          <TextInput
            {...ids}
            readOnly={value !== 'own'}
            value={draft.baseAddress}
            onChange={(event) => edit({ baseAddress: event.target.value.trim() })}
          />
        )}
      </Field>
    </div>
  )
}

const Way = ({
  provider,
  draft,
  edit,
}: {
  readonly provider: ProviderName
  readonly draft: Draft
  readonly edit: Edit
}) => {
  const { t } = useTranslation('paymentsConnections')
  if (providerFields[provider].webhook.length === 0) return <p className="text-muted">{t('way.paypay')}</p>
  return (
    <div className="flex flex-col gap-1">
      <div>
        <Segmented
          label={t('fact.way')}
          value={draft.webhooks ? 'webhooks' : 'polling'}
          options={(['polling', 'webhooks'] as const).map((value) => ({ value, label: t(`way.${value}`) }))}
          onChange={(value) => edit({ webhooks: value === 'webhooks' })}
        />
      </div>
      <p className="text-faint">{draft.webhooks ? t(`wayHint.${provider as 'stars'}`) : t('wayHint.polling')}</p>
    </div>
  )
}

const Values = ({
  provider,
  draft,
  problems,
  edit,
}: {
  readonly provider: ProviderName
  readonly draft: Draft
  readonly problems: Readonly<Record<string, 'missing' | 'address'>>
  readonly edit: Edit
}) => {
  const { t } = useTranslation('paymentsConnections')
  const field = useFieldName()
  return shownFields(provider, draft).values.map(({ name, required }) => (
    <Field
      key={name}
      label={`${field(name)}${required ? t('required') : ''}`}
      hint={t(`fieldHint.${name}` as 'fieldHint.merchantId')}
      error={problems[name] === 'address' ? t('wrong.address') : null}
    >
      {(ids) => (
        <TextInput
          {...ids}
          value={draft.values[name] ?? ''}
          maxLength={500}
          onChange={(event) => edit({ values: { ...draft.values, [name]: event.target.value } })}
        />
      )}
    </Field>
  ))
}

interface KeysProps {
  readonly provider: ProviderName
  readonly draft: Draft
  readonly edit: Edit
}

const Keys = ({ provider, draft, edit }: KeysProps) => {
  const { t } = useTranslation('paymentsConnections')
  const field = useFieldName()
  const { secrets } = shownFields(provider, draft)
  const kept = keptSecrets(draft)
  const ask = async (): Promise<void> => {
    try {
      const names = secrets.map(({ name }) => name)
      const entered = await desktop.payments.enterSecrets({ provider, baseAddress: draft.baseAddress, names })
      edit({ secrets: { ...draft.secrets, ...entered.secrets } })
    } catch (thrown) {
      const failure = failureIn(thrown)
      if (failure.code !== 'payments.not-entered' && failure.code !== 'file.not-chosen') sayFailure(failure)
    }
  }
  return (
    <fieldset className="rounded-md border border-line px-3 py-2">
      <legend className="px-1 font-bold">{t('keys')}</legend>
      <ul className="flex flex-col gap-1">
        {secrets.map(({ name, required }) => (
          <li key={name} className="flex flex-wrap items-center gap-3">
            <span className="min-w-44">{`${field(name)}${required ? t('required') : ''}`}</span>
            <KeyState name={name} draft={draft} kept={kept.includes(name)} />
          </li>
        ))}
      </ul>
      <div className="mt-2 flex items-center gap-3">
        <Button small onClick={() => void ask()}>
          {t('enterKeys')}
        </Button>
        <span className="text-faint">{t('enterHint')}</span>
      </div>
    </fieldset>
  )
}

interface KeyStateProps {
  readonly name: string
  readonly draft: Draft
  readonly kept: boolean
}

const KeyState = ({ name, draft, kept }: KeyStateProps) => {
  const { t } = useTranslation('paymentsConnections')
  const entered = draft.secrets[name]
  if (entered)
    return (
      <Status tone="ok">{entered.last4 === '' ? t('enteredHidden') : t('entered', { last4: entered.last4 })}</Status>
    )
  const set = draft.from?.secrets.find((one) => one.name === name)
  if (!kept || !set) return <Status tone="off">{t('keyNone')}</Status>
  const about = { last4: set.last4, at: dateTime(set.setAt), by: set.setBy }
  return <span className="figure text-muted">{t(set.last4 === '' ? 'keySetHidden' : 'keySet', about)}</span>
}
