import { CircleSlash, Inbox, LockKeyhole, TriangleAlert, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '#protocol/errors.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../button.tsx'
import { State } from './state.tsx'

/** Grey bars in the place of rows that are coming. */
export const Loading = ({ rows = 3 }: { readonly rows?: number }) => {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('state.loading')} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, index) => `bar-${index}`).map((bar) => (
        <div key={bar} className="skeleton h-5" />
      ))}
    </div>
  )
}

export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <State icon={Inbox} title={title}>
    {children}
  </State>
)

export const NotPermitted = () => {
  const { t } = useTranslation()
  return (
    <State icon={LockKeyhole} title={t('state.notPermitted')}>
      {t('state.notPermittedHint')}
    </State>
  )
}

/** Nothing is kept here and the backend is not reached. */
export const Offline = ({ since }: { readonly since: number }) => {
  const { t } = useTranslation()
  return (
    <State icon={Unplug} title={t('state.offline')}>
      {t('state.offlineSince', { at: dateTime(since) })}
    </State>
  )
}

export const Unavailable = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <State icon={CircleSlash} title={title}>
    {children}
  </State>
)

export const Failed = ({ failure, onRetry }: { readonly failure: Failure; readonly onRetry?: () => void }) => {
  const { t } = useTranslation()
  const text = useFailureText(failure)
  return (
    <State
      alert
      icon={TriangleAlert}
      title={text.what}
      action={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      {text.todo}
      <span className="mt-1 block font-mono text-faint">{failure.code}</span>
    </State>
  )
}
