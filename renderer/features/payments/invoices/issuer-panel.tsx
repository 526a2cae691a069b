import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { configureIssuer, type IssuerRow } from '#protocol/payments-invoices.ts'
import { isCorporateNumber, type Rounding, registrationPattern, roundings } from '#protocol/payments-tax.ts'
import { usePermitted, useReadsOnly } from '../../../app/streams.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Field, Select, TextInput } from '../../../ui/field.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { useIssuer } from './use-issuer.ts'

/** 発行者: who stands on documents, and how tax is rounded. */
export const IssuerPanel = () => {
  const { t } = useTranslation('invoices')
  const issuer = useIssuer()
  const permitted = usePermitted('payments.configure')
  const readsOnly = useReadsOnly()
  const [editing, setEditing] = useState(false)
  if (issuer === undefined) return null
  const reason = permitted ? null : t('issuer.onlyAdministrators')
  return (
    <Panel
      title={t('issuer.title')}
      actions={
        !readsOnly && (
          <Explained reason={reason}>
            <Button
              small
              look={issuer === null && permitted ? 'primary' : 'secondary'}
              aria-disabled={!permitted}
              onClick={() => permitted && setEditing(true)}
            >
              {t(issuer === null ? 'issuer.edit' : 'issuer.change')}
            </Button>
          </Explained>
        )
      }
    >
      {issuer === null ? (
        <p>{t('issuer.none')}</p>
      ) : (
        <p className="flex flex-wrap gap-x-6 gap-y-1">
          <span className="font-bold">{issuer.name}</span>
          <span>{issuer.address}</span>
          <span className={issuer.registration === null ? 'text-warning' : 'figure'}>
            {t('issuer.registration')}：{issuer.registration ?? t('issuer.unregistered')}
          </span>
          <span>
            {t('issuer.rounding')}：{t(`rounding.${issuer.rounding}`)}
          </span>
        </p>
      )}
      {editing && <IssuerDialog before={issuer} onClose={() => setEditing(false)} />}
    </Panel>
  )
}

/** As it is typed: full-width letters and digits are what Japanese keyboards give. */
const registrationOf = (text: string): string => text.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()

const IssuerDialog = ({ before, onClose }: { readonly before: IssuerRow | null; readonly onClose: () => void }) => {
  const { t } = useTranslation('invoices')
  const { t: common } = useTranslation()
  const [draft, setDraft] = useState({
    name: before?.name ?? '',
    address: before?.address ?? '',
    phone: before?.phone ?? '',
    trader: before?.trader ?? ('corporation' as const),
    registration: before?.registration ?? '',
    rounding: before?.rounding ?? ('floor' as Rounding),
  })
  const [tried, setTried] = useState(false)
  const edit = (changed: Partial<typeof draft>): void => setDraft({ ...draft, ...changed })
  const registration = registrationOf(draft.registration)
  const wrong =
    registration === ''
      ? null
      : !registrationPattern.test(registration)
        ? t('issuer.registrationForm')
        : draft.trader === 'corporation' && !isCorporateNumber(registration)
          ? t('issuer.registrationDigit')
          : null
  const phone = draft.phone.normalize('NFKC').trim()
  const phoneWrong = !/^[0-9+() -]{0,24}$/.test(phone)
  const missing = (text: string): string | null => (tried && text.trim() === '' ? t('issuer.missing') : null)
  const fine = draft.name.trim() !== '' && draft.address.trim() !== '' && wrong === null && !phoneWrong
  const goOn = (): void => {
    setTried(true)
    if (!fine) return
    onClose()
    void submit(
      configureIssuer.name,
      {
        ...{ name: draft.name.trim(), address: draft.address.trim(), phone, trader: draft.trader },
        ...{ registration: registration === '' ? null : registration, rounding: draft.rounding },
        seen: before?.changedAt ?? 0,
      },
      t('issuer.done'),
    )
  }
  return (
    <Dialog
      open
      title={t(before === null ? 'issuer.edit' : 'issuer.change')}
      description={t('issuer.effect')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={goOn}>
            {t('issuer.action')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('issuer.name')} error={missing(draft.name)}>
          {(ids) => (
            <TextInput
              {...ids}
              maxLength={120}
              value={draft.name}
              onChange={(event) => edit({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('issuer.address')} error={missing(draft.address)}>
          {(ids) => (
            <TextInput
              {...ids}
              maxLength={200}
              value={draft.address}
              onChange={(event) => edit({ address: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('issuer.phone')} hint={t('issuer.phoneHint')} error={phoneWrong ? t('issuer.phoneForm') : null}>
          {(ids) => (
            <TextInput
              {...ids}
              className="w-56"
              inputMode="tel"
              maxLength={24}
              value={draft.phone}
              onChange={(event) => edit({ phone: event.target.value })}
            />
          )}
        </Field>
        <Segmented
          label={t('issuer.trader')}
          value={draft.trader}
          options={(['corporation', 'sole'] as const).map((value) => ({ value, label: t(`issuer.${value}`) }))}
          onChange={(trader) => edit({ trader })}
        />
        <Field
          label={t('issuer.registration')}
          error={wrong}
          hint={
            registration === ''
              ? t('issuer.unregisteredHint')
              : t(draft.trader === 'sole' ? 'issuer.soleHint' : 'issuer.registrationHint')
          }
        >
          {(ids) => (
            <TextInput
              {...ids}
              className="figure w-56"
              maxLength={24}
              value={draft.registration}
              onChange={(event) => edit({ registration: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('issuer.rounding')} hint={t('issuer.roundingHint')}>
          {(ids) => (
            <Select
              {...ids}
              className="w-40"
              value={draft.rounding}
              onChange={(event) => edit({ rounding: roundings.find((one) => one === event.target.value) ?? 'floor' })}
            >
              {roundings.map((one) => (
                <option key={one} value={one}>
                  {t(`rounding.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </Dialog>
  )
}
