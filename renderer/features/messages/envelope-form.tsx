import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import type { audiences, Envelope } from '#protocol/messages.ts'
import { Checkbox, Field, Select } from '../../ui/field.tsx'
import { Recipients } from './recipients.tsx'

interface EnvelopeFormProps {
  readonly keyring: Keyring
  readonly envelope: Envelope
  readonly onChange: (envelope: Envelope) => void
}

/** Who may open it, who signs it, and for which programs. */
export const EnvelopeForm = ({ keyring, envelope, onChange }: EnvelopeFormProps) => {
  const { t } = useTranslation('messages')
  const set = (part: Partial<Envelope>): void => onChange({ ...envelope, ...part })
  const own = keyring.entries.filter((it) => it.own)
  return (
    <div className="flex flex-col gap-3">
      <Recipients
        entries={keyring.entries}
        chosen={envelope.recipients}
        onChange={(chosen) => set({ recipients: [...chosen] })}
      />
      {own.length > 0 && (
        <div className="flex flex-col gap-1">
          <IdentitySelect keyring={keyring} value={envelope.identity} onChange={(identity) => set({ identity })} />
          <Checkbox checked={envelope.sign} onChange={(it) => set({ sign: it.target.checked })}>
            {t('sign')}
          </Checkbox>
          <Checkbox checked={envelope.toSelf} onChange={(it) => set({ toSelf: it.target.checked })}>
            {t('toSelf')}
          </Checkbox>
        </div>
      )}
      <Checkbox checked={envelope.password} onChange={(it) => set({ password: it.target.checked })}>
        {t('password')}
      </Checkbox>
      <AudienceSelect texts="audience" value={envelope.audience} onChange={(audience) => set({ audience })} />
    </div>
  )
}

interface IdentityProps {
  readonly keyring: Keyring
  readonly value: string | null
  readonly onChange: (id: string) => void
}

export const IdentitySelect = ({ keyring, value, onChange }: IdentityProps) => {
  const { t } = useTranslation('messages')
  return (
    <Field label={t('identity')}>
      {(ids) => (
        <Select {...ids} value={value ?? ''} onChange={(it) => onChange(it.target.value)}>
          {keyring.entries
            .filter((it) => it.own)
            .map(({ id, name, email }) => (
              <option key={id} value={id}>
                {email === '' || email === name ? name : `${name} <${email}>`}
              </option>
            ))}
        </Select>
      )}
    </Field>
  )
}

type Audience = (typeof audiences)[number]

export const AudienceSelect = ({
  texts,
  value,
  onChange,
}: {
  /** Of a message for others, or of a signature alone. */
  readonly texts: 'audience' | 'audienceSign'
  readonly value: Audience
  readonly onChange: (value: Audience) => void
}) => {
  const { t } = useTranslation('messages')
  return (
    <Field label={t('audience.label')}>
      {(ids) => (
        <Select {...ids} value={value} onChange={(it) => onChange(it.target.value === 'gnupg' ? 'gnupg' : 'auto')}>
          <option value="auto">{t(`${texts}.auto`)}</option>
          <option value="gnupg">{t(`${texts}.gnupg`)}</option>
        </Select>
      )}
    </Field>
  )
}
