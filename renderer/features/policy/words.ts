import { useTranslation } from 'react-i18next'
import { currencies } from '#protocol/money.ts'
import type { PolicyEffect, PolicyRule } from '#protocol/policy.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'
import { commandTitle } from '../../app/submit.ts'

const minute = 60_000

/** Policies in plain words. */
export const usePolicyWords = () => {
  const { t } = useTranslation('policy')
  const { t: common } = useTranslation()
  /** A permission of a newer backend reads as its name. */
  const permission = (name: string): string => t(`permission.${name}` as 'permission.hub.read', { defaultValue: name })
  const rolesOf = (roles: ApprovalNeed['roles']): string => roles.map((role) => common(`role.${role}`)).join(t('or'))
  const term = (ms: number): string => {
    const minutes = Math.round(ms / minute)
    if (minutes > 1_440 && minutes % 1_440 === 0) return t('days', { count: minutes / 1_440 })
    return minutes % 60 === 0 ? t('hours', { count: minutes / 60 }) : t('minutes', { count: minutes })
  }
  const need = ({ count, roles, withinMs }: ApprovalNeed): string =>
    `${t('approvalsBy', { roles: rolesOf(roles), count })}（${t('within', { term: term(withinMs) })}）`
  const sums = (above: PolicyRule['above']): string =>
    t('above', { sums: above.map(({ currency, minor }) => `${currency} ${wholeOf(currency, minor)}`).join('、') })
  /** `hub.read` or the command's title. */
  const act = ({ permission: of, command }: Pick<PolicyEffect, 'permission' | 'command'>): string =>
    command === null ? permission(of) : commandTitle(command)
  const verdict = ({ verdict: { permitted, approvals }, above }: PolicyEffect): string => {
    if (!permitted) return t('cannot')
    if (approvals) return need(approvals)
    if (above === null) return t('can')
    const bound = above.approvals ? `${t('aboveAny')} ${need(above.approvals)}` : t('aboveForbidden')
    return `${t('can')}（${bound}）`
  }
  return { permission, need, sums, act, verdict }
}

const wholeOf = (currency: string, minor: string): string => {
  const digits = (currencies as Readonly<Record<string, number>>)[currency] ?? 0
  const padded = minor.padStart(digits + 1, '0')
  const whole = padded.slice(0, padded.length - digits).replace(/\B(?=(\d{3})+$)/g, ',')
  return digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`
}
