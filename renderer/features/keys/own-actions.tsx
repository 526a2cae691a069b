import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { KeyEntry, RevocationReason } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { sayKeys } from './say-keys.ts'

type Form = 'extend' | 'user-id' | 'revoke'

/** What only the holder of the secret key can do. */
export const OwnActions = ({ entry }: { readonly entry: KeyEntry }) => {
  const { t } = useTranslation('keys')
  const [form, setForm] = useState<Form | null>(null)
  if (entry.certificates.every(({ revoked }) => revoked !== null)) return null
  const close = () => setForm(null)
  const rotate = () => void act(() => desktop.keys.rotate({ id: entry.id }), sayKeys('rotated'))
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setForm('extend')}>{t('extend')}</Button>
        <Button onClick={rotate}>{t('rotate')}</Button>
        <Button onClick={() => setForm('user-id')}>{t('addUserId')}</Button>
        <Button onClick={() => setForm('revoke')}>{t('revoke')}</Button>
      </div>
      <p className="text-muted">{t('createdHint')}</p>
      {form === 'extend' && <ExtendForm id={entry.id} onDone={close} />}
      {form === 'user-id' && <UserIdForm entry={entry} onDone={close} />}
      {form === 'revoke' && <RevokeForm id={entry.id} onDone={close} />}
    </>
  )
}

interface FormProps {
  readonly id: string
  readonly onDone: () => void
}

const box = 'flex flex-wrap items-end gap-3 rounded-lg border border-line-strong p-3'

const ExtendForm = ({ id, onDone }: FormProps) => {
  const { t } = useTranslation('keys')
  const [days, setDays] = useState('730')
  const extend = async (): Promise<void> => {
    const end = days === '' ? null : Number(days)
    if ((await act(() => desktop.keys.extend({ id, days: end }), sayKeys('extended'))) !== null) onDone()
  }
  return (
    <div className={box}>
      <Field label={t('form.days')}>
        {(ids) => (
          <Select {...ids} value={days} onChange={(it) => setDays(it.target.value)}>
            <option value="365">{t('form.year1')}</option>
            <option value="730">{t('form.year2')}</option>
            <option value="1825">{t('form.year5')}</option>
            <option value="">{t('form.never')}</option>
          </Select>
        )}
      </Field>
      <Button look="primary" onClick={() => void extend()}>
        {t('extend')}
      </Button>
    </div>
  )
}

const UserIdForm = ({ entry, onDone }: { readonly entry: KeyEntry; readonly onDone: () => void }) => {
  const { t } = useTranslation('keys')
  const [name, setName] = useState(entry.name)
  const [email, setEmail] = useState('')
  const add = async (): Promise<void> => {
    const input = { id: entry.id, name, email }
    const done = await act(
      () => desktop.keys.addUserId(input),
      () => t('userIdAdded'),
    )
    if (done !== null) onDone()
  }
  return (
    <div className={box}>
      <Field label={t('form.name')}>
        {(ids) => <TextInput {...ids} value={name} maxLength={120} onChange={(it) => setName(it.target.value)} />}
      </Field>
      <Field label={t('form.email')}>
        {(ids) => <TextInput {...ids} value={email} maxLength={200} onChange={(it) => setEmail(it.target.value)} />}
      </Field>
      <Button look="primary" onClick={() => void add()}>
        {t('addUserId')}
      </Button>
    </div>
  )
}

const reasons: readonly RevocationReason[] = ['compromised', 'retired', 'superseded', 'unspecified']

const RevokeForm = ({ id, onDone }: FormProps) => {
  const { t } = useTranslation('keys')
  const [reason, setReason] = useState<RevocationReason>('retired')
  const [text, setText] = useState('')
  const revoke = async (): Promise<void> => {
    if ((await act(() => desktop.keys.revoke({ id, reason, text }), sayKeys('revoked'))) !== null) onDone()
  }
  return (
    <div className={box}>
      <Field label={t('reason.label')} hint={t('reasonHint')}>
        {(ids) => (
          <Select {...ids} value={reason} onChange={(it) => setReason(it.target.value as RevocationReason)}>
            {reasons.map((it) => (
              <option key={it} value={it}>
                {t(`reason.${it}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('reasonText')}>
        {(ids) => <TextInput {...ids} value={text} maxLength={200} onChange={(it) => setText(it.target.value)} />}
      </Field>
      <Button look="danger" onClick={() => void revoke()}>
        {t('continue')}
      </Button>
    </div>
  )
}
