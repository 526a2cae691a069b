import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface StateProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
  /** Interrupts a screen reader: for failures. */
  readonly alert?: boolean
}

/** The common form of what stands where data would: an icon, one sentence, what to do. */
export const State = ({ icon: Icon, title, children, action, alert = false }: StateProps) => (
  <div
    role={alert ? 'alert' : 'status'}
    className="flex min-h-24 flex-col items-center justify-center gap-1 px-6 py-5 text-center"
  >
    <Icon aria-hidden="true" size={24} strokeWidth={1.6} className="text-faint" />
    <p className="font-bold text-text text-balance">{title}</p>
    {children !== undefined && <div className="max-w-120 text-balance text-muted">{children}</div>}
    {action !== undefined && <div className="mt-2">{action}</div>}
  </div>
)
