import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { IdentityDraft } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'

interface CreateDialogProps {
  readonly onClose: () => void
  /** The new identity's id: its details offer the revocation certificate. */
  readonly onCreated: (id: string) => void
}

const spans = { year1: 365, year2: 730, year5: 1_825, never: null } as const
const isAddress = (text: string): boolean => text === '' || /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(text)

export const CreateDialog = ({ onClose, onCreated }: CreateDialogProps) => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [curve, setCurve] = useState<IdentityDraft['curve']>('25519')
  const [span, setSpan] = useState<keyof typeof spans>('year2')
  const [companion, setCompanion] = useState(true)
  const [tried, setTried] = useState(false)
  const nameFine = name.trim() !== ''
  const emailFine = isAddress(email.trim())
  const create = async (): Promise<void> => {
    setTried(true)
    if (!nameFine || !emailFine) return
    const draft = { name: name.trim(), email: email.trim(), curve, companion, days: spans[span] }
    const made = await act(
      () => desktop.keys.create(draft),
      () => t('created'),
    )
    if (made === null) return
    onClose()
    onCreated(made.id)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('create')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={() => void create()}>
            {t('form.create')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('form.name')} error={tried && !nameFine ? t('form.nameWrong') : null}>
          {(ids) => <TextInput {...ids} value={name} maxLength={120} onChange={(it) => setName(it.target.value)} />}
        </Field>
        <Field
          label={t('form.email')}
          hint={t('form.emailHint')}
          error={tried && !emailFine ? t('form.emailWrong') : null}
        >
          {(ids) => <TextInput {...ids} value={email} maxLength={200} onChange={(it) => setEmail(it.target.value)} />}
        </Field>
        <Field label={t('form.curve')}>
          {(ids) => (
            <Select {...ids} value={curve} onChange={(it) => setCurve(it.target.value === '448' ? '448' : '25519')}>
              <option value="25519">{t('form.curve25519')}</option>
              <option value="448">{t('form.curve448')}</option>
            </Select>
          )}
        </Field>
        <Field label={t('form.days')}>
          {(ids) => (
            <Select {...ids} value={span} onChange={(it) => setSpan(it.target.value as keyof typeof spans)}>
              {(Object.keys(spans) as (keyof typeof spans)[]).map((it) => (
                <option key={it} value={it}>
                  {t(`form.${it}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Checkbox checked={companion} onChange={(it) => setCompanion(it.target.checked)}>
          {t('form.companion')}
        </Checkbox>
      </div>
    </Dialog>
  )
}
