import { clsx } from 'clsx'
import { type ComponentProps, type ReactNode, useId } from 'react'

const box =
  'rounded-md border border-line-strong bg-canvas text-text placeholder:text-faint ' +
  'disabled:opacity-60 aria-invalid:border-major select-text'

/** Full width unless the caller gives one. */
const sized = (className = ''): string => (/(^|\s)w-/.test(className) ? className : `w-full ${className}`)

export const TextInput = ({ className, ...rest }: ComponentProps<'input'>) => (
  <input
    type="text"
    spellCheck={false}
    autoComplete="off"
    className={clsx(box, 'h-8 px-2.5', sized(className))}
    {...rest}
  />
)

export const TextArea = ({ className, ...rest }: ComponentProps<'textarea'>) => (
  <textarea rows={3} className={clsx(box, 'px-2.5 py-1.5', sized(className))} {...rest} />
)

export const Select = ({ className, ...rest }: ComponentProps<'select'>) => (
  <select className={clsx(box, 'h-8 px-2', sized(className))} {...rest} />
)

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | null
  /** Gives the control the ids that tie label, hint and error to it. */
  readonly children: (ids: {
    readonly id: string
    readonly 'aria-describedby': string
    readonly 'aria-invalid': boolean
  }) => ReactNode
}

export const Field = ({ label, hint, error = null, children }: FieldProps) => {
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-bold">
        {label}
      </label>
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': error !== null })}
      <div id={`${id}-hint`} className={error === null ? 'text-faint' : 'text-major'}>
        {error ?? hint}
      </div>
    </div>
  )
}

interface CheckboxProps extends Omit<ComponentProps<'input'>, 'children'> {
  readonly children: ReactNode
}

export const Checkbox = ({ children, className, ...rest }: CheckboxProps) => (
  <label className={clsx('flex items-center gap-2 py-0.5', className)}>
    <input type="checkbox" className="size-4 shrink-0 accent-accent-fill" {...rest} />
    <span className="min-w-0">{children}</span>
  </label>
)
