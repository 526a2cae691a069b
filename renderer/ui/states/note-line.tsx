import { CloudAlert, Hourglass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { dateTime } from '../../format/instant.ts'

/** Over data that is shown but no longer current. */
export const Stale = ({ at }: { readonly at: number }) => {
  const { t } = useTranslation()
  return (
    <p role="status" className="inline-flex items-center gap-1.5 text-warning">
      <CloudAlert size={16} aria-hidden="true" />
      {t('state.stale', { at: dateTime(at) })}
    </p>
  )
}

/** Over data of which more is still coming, or of which not all may be shown. */
export const Partial = ({ text }: { readonly text: string }) => (
  <p role="status" className="inline-flex items-center gap-1.5 text-muted">
    <Hourglass size={16} aria-hidden="true" />
    {text}
  </p>
)
