import { useTranslation } from 'react-i18next'
import type { MessagePlan, UsedKey } from '#protocol/messages.ts'
import { Status } from '../../ui/status.tsx'

/** Which format and which keys a message will have, and why; what keeps it from being made. */
export const PlanView = ({
  plan,
  selfOnly = false,
}: {
  readonly plan: MessagePlan
  /** Nobody else may open it. */
  readonly selfOnly?: boolean
}) => {
  const { t } = useTranslation('messages')
  const { format, why, older, recipients, self, signer } = plan
  const all = [...recipients, ...(self === null ? [] : [self])]
  const unconfirmed = all.filter((it) => it.unconfirmed && it.refusal === null)
  const expiring = all.filter((it) => it.expiring)
  return (
    <div className="flex flex-col gap-2" aria-live="polite">
      {format !== null && (
        <p>
          <span className="font-bold">{t(`format.${format}`)}</span>
          <br />
          <span className="text-muted">{t(`why.${why}`, { names: older.join(t('and')) })}</span>
          {selfOnly && <span className="block">{t('selfOnly')}</span>}
        </p>
      )}
      {signer?.fingerprint != null && (
        <p className="text-muted">
          {t('signsWith', { version: signer.version, key: signer.fingerprint.slice(0, 16).toUpperCase() })}
        </p>
      )}
      {[...all, ...(signer === null ? [] : [signer])].map(
        (it, index) =>
          it.refusal !== null && (
            // biome-ignore lint/suspicious/noArrayIndexKey: one's own key may stand there twice
            <Refusal key={index} used={it} signs={it === signer} />
          ),
      )}
      {unconfirmed.length > 0 && (
        <div>
          <Status tone="warning">{t('unconfirmed')}</Status>
          <p className="text-muted">{t('unconfirmedHint', { names: namesOf(unconfirmed, t('and')) })}</p>
        </div>
      )}
      {expiring.length > 0 && <Status tone="warning">{t('expiring', { names: namesOf(expiring, t('and')) })}</Status>}
    </div>
  )
}

const namesOf = (used: readonly UsedKey[], and: string): string => used.map(({ name }) => name).join(and)

const Refusal = ({ used, signs }: { readonly used: UsedKey; readonly signs: boolean }) => {
  const { t } = useTranslation('messages')
  return (
    <div role="alert">
      <Status tone="bad">{t(signs ? 'cannotSign' : 'cannotEncrypt', { name: used.name })}</Status>
      <p className="text-muted">{used.refusal !== null && t(`refusal.${used.refusal}`)}</p>
    </div>
  )
}
