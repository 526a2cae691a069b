import type { ReactNode } from 'react'
import { StatusShape } from '../../ui/status.tsx'

/** What the parts of an entry's pane are made of. */

export const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="border-line border-t py-3">
    <h3 className="mb-1 font-bold">{title}</h3>
    {children}
  </section>
)

export const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div className="grid grid-cols-[104px_minmax(0,1fr)] gap-3 py-1">
    <dt className="text-faint">{name}</dt>
    <dd className="selectable break-all">{children}</dd>
  </div>
)

/** What does not hold, over as many lines as it takes. */
export const Wrong = ({ children }: { readonly children: ReactNode }) => (
  <li className="flex items-baseline gap-1.5 font-bold text-major">
    <StatusShape tone="bad" />
    <span>{children}</span>
  </li>
)
