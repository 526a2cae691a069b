import type { ReactNode } from 'react'

interface SettingRowProps {
  readonly title: string
  readonly hint?: ReactNode
  readonly children: ReactNode
}

/** A setting's name and meaning on the left, its control on the right. */
export const SettingRow = ({ title, hint, children }: SettingRowProps) => (
  <div className="flex min-h-12 items-center gap-6 border-line border-b py-2.5 last:border-b-0">
    <div className="min-w-0 flex-1">
      <p className="font-bold">{title}</p>
      {hint !== undefined && <p className="text-muted">{hint}</p>}
    </div>
    <div className="shrink-0">{children}</div>
  </div>
)
