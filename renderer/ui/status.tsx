import { clsx } from 'clsx'
import type { ReactNode } from 'react'

export type Tone = 'ok' | 'busy' | 'warning' | 'bad' | 'off'

const tones: Readonly<Record<Tone, string>> = {
  ok: 'text-ok',
  busy: 'text-accent',
  warning: 'text-warning',
  bad: 'text-major',
  off: 'text-off',
}

const marks: Readonly<Record<Tone, ReactNode>> = {
  ok: <path d="m2.5 6.5 2.4 2.4 4.6-5.2" fill="none" />,
  busy: <path d="M10 6a4 4 0 1 1-2-3.4" fill="none" />,
  warning: <path d="M6 1.6 11 10.6H1Z" fill="none" />,
  bad: <path d="m2.8 2.8 6.4 6.4m0-6.4-6.4 6.4" fill="none" />,
  off: <rect x="2.6" y="2.6" width="6.8" height="6.8" fill="none" />,
}

export const StatusShape = ({ tone }: { readonly tone: Tone }) => (
  <svg
    data-shape=""
    aria-hidden="true"
    width="12"
    height="12"
    viewBox="0 0 12 12"
    stroke="currentColor"
    strokeWidth="1.9"
    strokeLinecap="round"
    strokeLinejoin="round"
    className={clsx('shrink-0', tones[tone], tone === 'busy' && 'animate-spin')}
  >
    {marks[tone]}
  </svg>
)

/** A state by shape, colour and word. */
export const Status = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) => (
  <span className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap font-bold', tones[tone])}>
    <StatusShape tone={tone} />
    {children}
  </span>
)

export const Tag = ({ children, strong = false }: { readonly children: ReactNode; readonly strong?: boolean }) => (
  <span
    className={clsx(
      'inline-flex items-center rounded border px-1.5 leading-5 whitespace-nowrap',
      strong ? 'border-accent text-accent' : 'border-line-strong text-muted',
    )}
  >
    {children}
  </span>
)

/** A count beside a name, in the sidebar and on tabs. */
export const Count = ({ children, loud = false }: { readonly children: ReactNode; readonly loud?: boolean }) => (
  <span
    className={clsx(
      'figure inline-flex min-w-6 items-center justify-center rounded-full px-1.5 leading-5 font-bold',
      loud ? 'bg-danger-fill text-on-fill' : 'bg-hover text-text',
    )}
  >
    {children}
  </span>
)
