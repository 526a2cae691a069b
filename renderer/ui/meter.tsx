import { clsx } from 'clsx'
import type { Tone } from './status.tsx'

const fills: Readonly<Record<Tone, string>> = {
  ok: 'bg-accent',
  busy: 'bg-accent',
  warning: 'bg-warning',
  bad: 'bg-major',
  off: 'bg-off',
}

/** How full something is, 0–100, as a bar beside its figure. */
export const Meter = ({
  label,
  value,
  tone,
}: {
  readonly label: string
  readonly value: number
  readonly tone: Tone
}) => (
  // A native <meter> cannot show the tones of both themes.
  // biome-ignore lint/a11y/useSemanticElements: see above
  <div
    role="meter"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={Math.round(value)}
    className="h-2 w-full min-w-16 overflow-hidden rounded-full bg-hover"
  >
    <div
      className={clsx('h-full rounded-full', fills[tone])}
      style={{ width: `${Math.min(100, Math.max(0, value))}%` }}
    />
  </div>
)
