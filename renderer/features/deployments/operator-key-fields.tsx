import { useTranslation } from 'react-i18next'
import type { OperatorKey } from '#protocol/deployments.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { useKeyring, useVault } from '../keys/use-keys.ts'

/** What was typed and chosen so far. */
export interface KeyWish {
  readonly operator: string
  readonly fingerprint: string
}

/** null while something is missing. */
export const operatorKeyOf = ({ operator, fingerprint }: KeyWish): OperatorKey | null =>
  /^[a-z0-9][a-z0-9._-]{0,62}$/.test(operator) && fingerprint !== ''
    ? { operator: operator as OperatorKey['operator'], fingerprint }
    : null

interface FieldsProps {
  readonly value: KeyWish
  readonly onChange: (value: KeyWish) => void
  readonly tried: boolean
  /** Whether the operator's id is asked for here. */
  readonly asksOperator?: boolean
}

/** Which of one's own keys signs in, and as whom. */
export const OperatorKeyFields = ({ value, onChange, tried, asksOperator = true }: FieldsProps) => {
  const { t } = useTranslation('deployments')
  const vault = useVault()
  return (
    <div className="flex flex-col gap-3">
      {asksOperator && (
        <Field
          label={t('key.operator')}
          hint={t('key.operatorHint')}
          error={tried && operatorKeyOf({ ...value, fingerprint: 'x' }) === null ? t('key.operatorWrong') : null}
        >
          {(ids) => (
            <TextInput
              {...ids}
              value={value.operator}
              maxLength={63}
              onChange={(event) => onChange({ ...value, operator: event.target.value })}
            />
          )}
        </Field>
      )}
      {vault?.state === 'unlocked' ? (
        <OwnKeys value={value} onChange={onChange} tried={tried} asksOperator={asksOperator} />
      ) : (
        <div className="flex items-center gap-3">
          <p className="min-w-0 flex-1 text-muted">{t(vault?.state === 'absent' ? 'key.absent' : 'key.locked')}</p>
          {vault !== null && vault.state !== 'absent' && (
            <Button small disabled={vault.state !== 'locked'} onClick={() => void act(() => desktop.keys.unlock({}))}>
              {t('key.unlock')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

const labelOf = ({ name, email }: KeyEntry, fingerprint: string, version: number): string =>
  `${name} ${email}　v${version}　…${fingerprint.slice(-16).toUpperCase()}`

const OwnKeys = ({ value, onChange, tried, asksOperator = true }: FieldsProps) => {
  const { t } = useTranslation('deployments')
  const own = (useKeyring()?.entries ?? []).filter((it) => it.own && (it.state === 'valid' || it.state === 'expiring'))
  return (
    <Field
      label={t('key.which')}
      hint={t(own.length === 0 ? 'key.none' : asksOperator ? 'key.whichHint' : 'key.ownHint')}
      error={tried && value.fingerprint === '' ? t('key.whichWrong') : null}
    >
      {(ids) => (
        <Select
          {...ids}
          value={value.fingerprint}
          onChange={(event) => onChange({ ...value, fingerprint: event.target.value })}
        >
          <option value="">{t('key.choose')}</option>
          {own.flatMap((entry) =>
            entry.certificates.map(({ fingerprint, version }) => (
              <option key={fingerprint} value={fingerprint}>
                {labelOf(entry, fingerprint, version)}
              </option>
            )),
          )}
        </Select>
      )}
    </Field>
  )
}
