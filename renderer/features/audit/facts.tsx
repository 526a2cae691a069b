import type { ReactNode } from 'react'

interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Names and values, each on a line of its own; values can be selected and copied. */
export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl className="mt-2 divide-y divide-line">
    {facts.map(({ label, value }) => (
      <div key={label} className="grid grid-cols-[180px_minmax(0,1fr)] gap-3 py-1.5">
        <dt className="text-faint">{label}</dt>
        <dd className="selectable break-all">{value}</dd>
      </div>
    ))}
  </dl>
)
