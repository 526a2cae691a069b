import { useTranslation } from 'react-i18next'
import type { DesktopState, LinkState } from '#protocol/desktop.ts'
import { decimal } from '../format/number.ts'
import { Status, type Tone } from '../ui/status.tsx'
import { useNow } from './clock.ts'

export const linkTones: Readonly<Record<LinkState, Tone>> = {
  idle: 'off',
  connecting: 'busy',
  'signing-in': 'busy',
  syncing: 'busy',
  live: 'ok',
  waiting: 'warning',
  stopped: 'bad',
}

/** Whole seconds until the next try, never below zero. */
export const secondsUntil = (at: number | null, now: number): number =>
  at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1_000))

/** The state of the link, always in the header. */
export const Connection = ({ link }: { readonly link: DesktopState['link'] }) => {
  const { t } = useTranslation('shell')
  const now = useNow()
  return (
    <span
      role="status"
      aria-label={t('connection.label')}
      className="inline-flex items-center gap-2"
      data-link={link.state}
    >
      <Status tone={linkTones[link.state]}>{t(`connection.${link.state}`)}</Status>
      {link.state === 'live' && link.roundTripMs !== null && (
        <span className="figure text-faint max-xl:hidden" title={t('connection.roundTrip')}>
          {decimal(link.roundTripMs)} ms
        </span>
      )}
      {link.state === 'waiting' && link.retryAt !== null && (
        <span className="figure text-muted" aria-hidden="true">
          {t('connection.retryIn', { seconds: secondsUntil(link.retryAt, now) })}
        </span>
      )}
    </span>
  )
}
