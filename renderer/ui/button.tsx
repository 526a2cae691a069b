import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

const looks = {
  primary: 'bg-accent-fill text-on-fill hover:bg-accent-fill-hover border-transparent',
  secondary: 'bg-raised text-text border-line-strong hover:bg-hover',
  quiet: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-text',
  danger: 'bg-danger-fill text-on-fill hover:bg-danger-fill-hover border-transparent',
} as const

export type ButtonLook = keyof typeof looks

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook
  readonly icon?: ReactNode
  readonly small?: boolean
}

const base =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-bold whitespace-nowrap transition-colors ' +
  'disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50'

export const Button = ({ look = 'secondary', icon, small = false, className, children, ...rest }: ButtonProps) => (
  <button type="button" className={clsx(base, small ? 'h-7 px-2.5' : 'h-8 px-3', looks[look], className)} {...rest}>
    {icon}
    {children}
  </button>
)

interface IconButtonProps extends ComponentProps<'button'> {
  /** Its name for screen readers and its title. */
  readonly label: string
}

export const IconButton = ({ label, className, children, ...rest }: IconButtonProps) => (
  <button
    type="button"
    aria-label={label}
    title={label}
    className={clsx(base, 'size-8 border-transparent text-muted hover:bg-hover hover:text-text', className)}
    {...rest}
  >
    {children}
  </button>
)
