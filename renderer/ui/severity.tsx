import { clsx } from 'clsx'
import { useTranslation } from 'react-i18next'
import type { Severity } from '#protocol/event.ts'

const colours: Readonly<Record<Severity, string>> = {
  info: 'text-info',
  notice: 'text-notice',
  warning: 'text-warning',
  minor: 'text-minor',
  major: 'text-major',
  critical: 'text-critical',
}

// Six outlines, told apart without colour: ring, square, triangle, diamond, octagon, filled octagon with a cross.
const shapes: Readonly<Record<Severity, React.ReactNode>> = {
  info: <circle cx="8" cy="8" r="5.5" fill="none" />,
  notice: <rect x="3" y="3" width="10" height="10" rx="1" fill="none" />,
  warning: <path d="M8 2.2 14.3 13.5H1.7Z" fill="none" />,
  minor: <path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" fill="currentColor" fillOpacity="0.35" />,
  major: <path d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3Z" fill="currentColor" fillOpacity="0.35" />,
  critical: (
    <>
      <path d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3Z" fill="currentColor" />
      <path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6" stroke="var(--surface)" strokeWidth="1.8" />
    </>
  ),
}

export const SeverityShape = ({ severity, size = 16 }: { readonly severity: Severity; readonly size?: number }) => (
  <svg
    data-shape=""
    aria-hidden="true"
    width={size}
    height={size}
    viewBox="0 0 16 16"
    stroke="currentColor"
    strokeWidth="1.6"
    strokeLinejoin="round"
    strokeLinecap="round"
    className={clsx('shrink-0', colours[severity])}
  >
    {shapes[severity]}
  </svg>
)

/** A severity by shape, colour and word. */
export const SeverityMark = ({ severity }: { readonly severity: Severity }) => {
  const { t } = useTranslation()
  return (
    <span className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap font-bold', colours[severity])}>
      <SeverityShape severity={severity} />
      {t(`severity.${severity}`)}
    </span>
  )
}
