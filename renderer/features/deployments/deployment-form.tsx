import { clsx } from 'clsx'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Colour,
  colours,
  credentialMethods,
  type KnownDeployment,
  type NewDeployment,
  parseAddress,
} from '#protocol/deployments.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { sayFailure } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { Button } from '../../ui/button.tsx'
import { colourFills } from '../../ui/colour-mark.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, TextArea, TextInput } from '../../ui/field.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { type KeyWish, OperatorKeyFields, operatorKeyOf } from './operator-key-fields.tsx'

/** Addresses as typed, one a line; null when one of them is none. */
export const addressesIn = (text: string): readonly string[] | null => {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const parsed = lines.map(parseAddress)
  const good = parsed.filter((it) => it !== null)
  return good.length === 0 || good.length !== lines.length || good.length > 8 ? null : [...new Set(good)]
}

const ColourChoice = ({ value, onChange }: { readonly value: Colour; readonly onChange: (colour: Colour) => void }) => {
  const { t } = useTranslation('deployments')
  return (
    <fieldset>
      <legend className="mb-1 font-bold">{t('colour.label')}</legend>
      <div className="flex flex-wrap gap-1.5">
        {colours.map((colour) => (
          <label
            key={colour}
            className={clsx(
              'relative flex items-center gap-1.5 rounded-md border px-2 py-1 has-focus-visible:outline-2 has-focus-visible:outline-accent',
              colour === value ? 'border-accent bg-selected font-bold' : 'border-line-strong text-muted',
            )}
          >
            <input
              type="radio"
              name="colour"
              value={colour}
              checked={colour === value}
              onChange={() => onChange(colour)}
              className="absolute inset-0 size-full opacity-0"
            />
            <span aria-hidden="true" className={clsx('size-3.5 rounded-full', colourFills[colour])} />
            {t(`colour.${colour}`)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

const declined = new Set(['deployments.cancelled', 'vault.declined'])

/** A failure that means that the operator thought better of it says nothing. */
const sayUnlessCancelled = (thrown: unknown, title: string): void => {
  const failure = failureIn(thrown)
  if (!declined.has(failure.code)) sayFailure(failure, title)
}

interface FormProps {
  /** null adds a new one. */
  readonly known: KnownDeployment | null
  readonly onClose: () => void
}

/** Name, colour and addresses; certificates and token are asked for by main in windows of its own. */
export const DeploymentForm = ({ known, onClose }: FormProps) => {
  const { t } = useTranslation('deployments')
  const { t: common } = useTranslation()
  const [name, setName] = useState(known?.name ?? '')
  const [colour, setColour] = useState<Colour>(known?.colour ?? 'blue')
  const [text, setText] = useState(known?.addresses.map(({ url }) => url).join('\n') ?? 'wss://')
  const [method, setMethod] = useState<NewDeployment['method']>('token')
  const [wish, setWish] = useState<KeyWish>({ operator: '', fingerprint: '' })
  const [own, setOwn] = useState(false)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const addresses = known?.embedded ? [] : addressesIn(text)
  const nameFine = name.trim().length >= 1 && name.trim().length <= 40
  const kind = known === null ? 'add' : 'edit'
  const choosesKey = method === 'key' || (method === 'code' && own)
  // With a code, the operator's id is asked for beside it, in main's own window.
  const key = choosesKey ? operatorKeyOf(method === 'key' ? wish : { ...wish, operator: 'own' }) : null

  const send = async (fine: readonly string[]): Promise<void> => {
    const given = { name: name.trim(), colour }
    if (known === null) await desktop.deployments.add({ ...given, addresses: [...fine], method, key })
    else {
      const before = known.addresses.map(({ url }) => url).join('\n')
      const moved = fine.join('\n') !== before && !known.embedded
      await desktop.deployments.change({ key: known.key, ...given, ...(moved && { addresses: [...fine] }) })
    }
  }
  const save = async (): Promise<void> => {
    setTried(true)
    if (!nameFine || addresses === null || (choosesKey && key === null)) return
    setBusy(true)
    try {
      await send(addresses)
      showToast({ tone: 'ok', title: t(`${kind}.done`, { name: name.trim() }) })
      onClose()
    } catch (thrown) {
      sayUnlessCancelled(thrown, t(`${kind}.failed`))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(`${kind}.title`)}
      {...(known === null && { description: t(method === 'key' ? 'add.textKey' : 'add.text') })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={busy} onClick={() => void save()}>
            {known === null && busy ? t('add.busy') : t(`${kind}.action`)}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('name.label')} hint={t('name.hint')} error={tried && !nameFine ? t('name.wrong') : null}>
          {(ids) => (
            <TextInput {...ids} value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <ColourChoice value={colour} onChange={setColour} />
        {!known?.embedded && (
          <Field
            label={t('addresses.label')}
            hint={t('addresses.hint')}
            error={tried && addresses === null ? t('addresses.wrong') : null}
          >
            {(ids) => (
              <TextArea
                {...ids}
                className="font-mono"
                spellCheck={false}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        )}
        {known === null && (
          <div className="flex items-center gap-3">
            <span className="font-bold">{t('method.label')}</span>
            <Segmented
              label={t('method.label')}
              value={method}
              options={credentialMethods.map((value) => ({ value, label: t(`method.${value}`) }))}
              onChange={setMethod}
            />
          </div>
        )}
        {method === 'code' && (
          <Checkbox checked={own} onChange={(event) => setOwn(event.target.checked)}>
            {t('key.own')}
          </Checkbox>
        )}
        {choosesKey && (
          <OperatorKeyFields value={wish} onChange={setWish} tried={tried} asksOperator={method === 'key'} />
        )}
      </div>
    </Dialog>
  )
}
