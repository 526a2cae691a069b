import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { HardwarePerson } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { MadeEntry } from './made-entry.tsx'

interface Choice {
  readonly id: string
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

interface PersonDialogProps {
  readonly title: string
  readonly hint: string
  /** Beside name, address and expiry. */
  readonly choices: readonly Choice[]
  readonly onClose: () => void
  readonly onSubmit: (
    person: HardwarePerson,
    chosen: Readonly<Record<string, string>>,
  ) => Promise<{ readonly id: string }>
}

const spans = { year1: 365, year2: 730, year5: 1_825, never: null } as const
const isAddress = (text: string): boolean => text === '' || /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(text)

/** Whose certificate is made over keys of a card or token. */
export const PersonDialog = ({ title, hint, choices, onClose, onSubmit }: PersonDialogProps) => {
  const { t } = useTranslation('hardware')
  const { t: keys } = useTranslation('keys')
  const { t: common } = useTranslation()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [span, setSpan] = useState<keyof typeof spans>('year2')
  const [companion, setCompanion] = useState(true)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(choices.map(({ id, options }) => [id, options[0]?.value ?? ''])),
  )
  const nameFine = name.trim() !== ''
  const emailFine = isAddress(email.trim())
  const submit = async (): Promise<void> => {
    setTried(true)
    if (!nameFine || !emailFine || busy) return
    setBusy(true)
    const person = { name: name.trim(), email: email.trim(), days: spans[span], companion }
    const done = await act(
      () => onSubmit(person, chosen),
      () => t('done.made'),
    )
    setBusy(false)
    if (done !== null) setMade(done.id)
  }
  if (made !== null) return <MadeEntry id={made} onClose={onClose} />
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={hint}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={busy} onClick={() => void submit()}>
            {t('form.submit')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={keys('form.name')} error={tried && !nameFine ? keys('form.nameWrong') : null}>
          {(ids) => <TextInput {...ids} value={name} maxLength={120} onChange={(it) => setName(it.target.value)} />}
        </Field>
        <Field
          label={keys('form.email')}
          hint={keys('form.emailHint')}
          error={tried && !emailFine ? keys('form.emailWrong') : null}
        >
          {(ids) => <TextInput {...ids} value={email} maxLength={200} onChange={(it) => setEmail(it.target.value)} />}
        </Field>
        {choices.map(({ id, label, options }) => (
          <Field key={id} label={label}>
            {(ids) => (
              <Select
                {...ids}
                value={chosen[id] ?? ''}
                onChange={(it) => setChosen({ ...chosen, [id]: it.target.value })}
              >
                {options.map((it) => (
                  <option key={it.value} value={it.value}>
                    {it.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        ))}
        <Field label={keys('form.days')}>
          {(ids) => (
            <Select {...ids} value={span} onChange={(it) => setSpan(it.target.value as keyof typeof spans)}>
              {(Object.keys(spans) as (keyof typeof spans)[]).map((it) => (
                <option key={it} value={it}>
                  {keys(`form.${it}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Checkbox checked={companion} onChange={(it) => setCompanion(it.target.checked)}>
          {keys('form.companion')}
        </Checkbox>
      </div>
    </Dialog>
  )
}
