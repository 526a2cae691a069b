import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: ReactNode
  readonly note?: ReactNode
  readonly actions?: ReactNode
  readonly className?: string
  /** Padding around the body; tables go without. */
  readonly padded?: boolean
  readonly children: ReactNode
}

/** A titled region of a page. */
export const Panel = ({ title, note, actions, className, padded = true, children }: PanelProps) => {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      className={clsx('flex min-w-0 flex-col rounded-lg border border-line bg-surface', className)}
    >
      <header className="flex min-h-10 items-center gap-3 px-4 py-1.5">
        <h2 id={id} className="font-bold text-text">
          {title}
        </h2>
        {note !== undefined && <div className="truncate text-faint">{note}</div>}
        {actions !== undefined && <div className="ml-auto flex items-center gap-2">{actions}</div>}
      </header>
      <div className={clsx('min-h-0 flex-1', padded && 'px-4 pb-3')}>{children}</div>
    </section>
  )
}
