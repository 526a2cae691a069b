import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SubjectRow } from '#protocol/sealed.ts'
import type { SealedField } from '#protocol/sealed-value.ts'
import type { ContactRow, OperatorRow } from '#protocol/session.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { useWhyNotOpen } from '../sealed/why-not-open.ts'

const fields = ['name', 'phone', 'email'] as const

/** How a contact stands: what this window can know of it without opening it. */
export const contactState = (row: ContactRow | undefined): 'none' | 'sealed' | 'erased' => {
  if (!row) return 'none'
  const kept = fields.some((field) => row[field] !== null && 'box' in (row[field] ?? {}))
  return kept ? 'sealed' : 'erased'
}

interface ContactProps {
  readonly person: OperatorRow
  readonly contact: ContactRow | undefined
  readonly onClose: () => void
}

/** 緊急連絡先: what is sealed, and what can be done with it. */
export const ContactDialog = ({ person, contact, onClose }: ContactProps) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const [doing, setDoing] = useState<'edit' | 'erase' | null>(null)
  const state = contactState(contact)
  const mayOpen = usePermitted('sealed.open')
  const whyNotOpen = useWhyNotOpen()
  const maySet = usePermitted('session.administer')
  const mayErase = usePermitted('sealed.erase')
  if (doing === 'edit') return <ContactForm person={person} onClose={onClose} />
  if (doing === 'erase') return <Erasure person={person} onClose={onClose} />
  const open = (): void => {
    onClose()
    void act(() => desktop.sealed.open({ collection: 'session.contacts', row: person.operator }))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('contact.title', { name: person.name })}
      description={t(`contact.text.${state}`)}
      footer={
        <>
          {mayErase && state === 'sealed' && (
            <Button look="danger" className="mr-auto" onClick={() => setDoing('erase')}>
              {t('contact.erase')}
            </Button>
          )}
          <Button onClick={onClose}>{common('action.close')}</Button>
          {maySet && (
            <Button onClick={() => setDoing('edit')}>
              {t(state === 'sealed' ? 'contact.set' : 'contact.setFirst')}
            </Button>
          )}
          {state === 'sealed' && mayOpen && (
            <Button look="primary" disabled={whyNotOpen !== null} onClick={open}>
              {t('contact.open')}
            </Button>
          )}
        </>
      }
    >
      {contact !== undefined && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-md bg-raised px-3 py-2">
          {fields.map((field) => (
            <div key={field} className="contents">
              <dt className="text-muted">{t(`contact.${field}`)}</dt>
              <dd>{t(`contact.state.${fieldState(contact[field])}`)}</dd>
            </div>
          ))}
          <dt className="text-muted">{t('contact.changedAt')}</dt>
          <dd className="figure">{date(contact.changedAt)}</dd>
        </dl>
      )}
      {state === 'sealed' && <p className="mt-3 text-muted">{whyNotOpen}</p>}
    </Dialog>
  )
}

const fieldState = (field: SealedField): 'sealed' | 'erased' | 'empty' => {
  if (field === null) return 'empty'
  return 'erased' in field ? 'erased' : 'sealed'
}

const ContactForm = ({ person, onClose }: Omit<ContactProps, 'contact'>) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const [name, setName] = useState('')
  const [phone, setPhone] = useState('')
  const [email, setEmail] = useState('')
  const [tried, setTried] = useState(false)
  const nameFine = name.trim() !== ''
  const phoneFine = phone.trim() === '' || /[0-9０-９]/.test(phone)
  const emailFine = email.trim() === '' || /^[^@\s]+@[^@\s]+$/.test(email.trim())
  const save = (): void => {
    setTried(true)
    if (!nameFine || !phoneFine || !emailFine) return
    onClose()
    const params = {
      operator: person.operator,
      name: name.trim(),
      phone: phone.trim() || null,
      email: email.trim() || null,
    }
    void submit('session.setContact', params, t('contact.stored', { name: person.name }))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('contact.title', { name: person.name })}
      description={t('contact.formText')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={save}>
            {t('contact.setAction')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('contact.name')} error={tried && !nameFine ? t('contact.nameWrong') : null}>
          {(ids) => (
            <TextInput {...ids} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label={t('contact.phone')} error={tried && !phoneFine ? t('contact.phoneWrong') : null}>
          {(ids) => (
            <TextInput {...ids} value={phone} maxLength={40} onChange={(event) => setPhone(event.target.value)} />
          )}
        </Field>
        <Field label={t('contact.email')} error={tried && !emailFine ? t('contact.emailWrong') : null}>
          {(ids) => (
            <TextInput {...ids} value={email} maxLength={254} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  )
}

const Erasure = ({ person, onClose }: Omit<ContactProps, 'contact'>) => {
  const { t } = useTranslation('users')
  const [reason, setReason] = useState('')
  const subject = `operator:${person.operator}`
  const row = useList<SubjectRow>('sealed.subjects', { where: { subject: [subject] } }).rows[0]
  return (
    <Confirm
      open
      title={t('contact.eraseTitle')}
      description={t('contact.eraseText')}
      action={t('contact.erase')}
      busy={reason.trim() === ''}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        void submit('sealed.erase', { subject, reason: reason.trim() }, t('contact.erased', { name: person.name }))
      }}
    >
      <p className="rounded-md bg-raised px-3 py-2 font-bold">
        {person.name}
        <span className="ml-2 font-mono font-normal text-muted">{person.operator}</span>
        <span className="block font-normal text-muted">{t('contact.eraseCount', { count: row?.sealings ?? 0 })}</span>
      </p>
      <ul className="my-3 flex list-disc flex-col gap-1 pl-5 text-muted">
        <li>{t('contact.eraseForGood')}</li>
        <li>{t('contact.eraseRecord')}</li>
        <li>{t('contact.eraseBackups')}</li>
      </ul>
      <Field label={t('contact.eraseReason')}>
        {(ids) => (
          <TextInput {...ids} value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Confirm>
  )
}
