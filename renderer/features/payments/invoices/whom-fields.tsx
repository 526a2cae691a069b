import { useTranslation } from 'react-i18next'
import { type Honorific, honorifics } from '#protocol/payments-invoices.ts'
import { Field, TextInput } from '../../../ui/field.tsx'
import { Segmented } from '../../../ui/segmented.tsx'

export interface Whom {
  readonly counterparty: string
  readonly honorific: Honorific
}

/** 宛名 and 敬称. */
export const WhomFields = ({
  whom,
  tried,
  onChange,
}: {
  readonly whom: Whom
  readonly tried: boolean
  readonly onChange: (whom: Whom) => void
}) => {
  const { t } = useTranslation('invoices')
  const missing = tried && whom.counterparty.trim() === ''
  return (
    <>
      <Field
        label={t('issue.counterparty')}
        hint={t('issue.counterpartyHint')}
        error={missing ? t('issue.missing') : null}
      >
        {(ids) => (
          <TextInput
            {...ids}
            maxLength={120}
            value={whom.counterparty}
            onChange={(event) => onChange({ ...whom, counterparty: event.target.value })}
          />
        )}
      </Field>
      <Segmented
        label={t('issue.honorific')}
        value={whom.honorific}
        options={honorifics.map((value) => ({ value, label: t(`honorific.${value}`) }))}
        onChange={(honorific) => onChange({ ...whom, honorific })}
      />
    </>
  )
}
