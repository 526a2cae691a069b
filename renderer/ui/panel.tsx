import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: ReactNode
  readonly note?: ReactNode
  readonly actions?: ReactNode
  readonly className?: string
  /** Where the panel is narrow, actions take a line of their own. */
  readonly wraps?: boolean
  /** Padding around the body; tables go without. */
  readonly padded?: boolean
  readonly children: ReactNode
}

/** A titled region of a page. */
export const Panel = ({ title, note, actions, className, padded = true, wraps = false, children }: PanelProps) => {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      className={clsx('@container flex min-w-0 flex-col rounded-lg border border-line bg-surface', className)}
    >
      <header className={clsx('flex min-h-10 items-center gap-x-3 px-4 py-1.5', wraps && 'flex-wrap')}>
        <h2 id={id} className="whitespace-nowrap font-bold text-text">
          {title}
        </h2>
        {note !== undefined && <div className="truncate text-faint">{note}</div>}
        {actions !== undefined && (
          <div className={clsx('flex items-center gap-2', wraps ? 'w-full @lg:ml-auto @lg:w-auto' : 'ml-auto')}>
            {actions}
          </div>
        )}
      </header>
      <div className={clsx('min-h-0 flex-1', padded && 'px-4 pb-3')}>{children}</div>
    </section>
  )
}
