import { clsx } from 'clsx'
import type { LucideIcon } from 'lucide-react'
import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface TabsProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly tabs: readonly { readonly value: Value; readonly label: string; readonly icon: LucideIcon }[]
  readonly onChange: (value: Value) => void
  /** The content is as high as what is left below the tabs, for a list that scrolls by itself, and never below 24 rem. */
  readonly fills?: boolean
  /** Classes for the content, such as how wide it may become; the line of tabs stays where it is whatever is chosen. */
  readonly content?: string
  /** What stands in the line of the tabs, before and after them. */
  readonly before?: ReactNode
  readonly after?: ReactNode
  /** The chosen tab's content. */
  readonly children: ReactNode
}

/** One of several contents below a line of tabs: arrow keys, Home and End go from tab to tab. */
export const Tabs = <Value extends string>({
  label,
  value,
  tabs,
  onChange,
  fills = false,
  content,
  before,
  after,
  children,
}: TabsProps<Value>) => (
  <Radix.Root
    value={value}
    onValueChange={(next) => onChange(next as Value)}
    className={clsx('flex flex-col gap-3', fills && 'h-full')}
  >
    <div className="flex items-end gap-4 border-b border-line">
      {before}
      <Radix.List aria-label={label} className="flex flex-wrap gap-1">
        {tabs.map(({ value: it, label: text, icon: Icon }) => (
          <Radix.Trigger
            key={it}
            value={it}
            className="-mb-px inline-flex items-center gap-1.5 rounded-t-md border-b-2 border-transparent px-2.5 py-2 font-bold whitespace-nowrap text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text"
          >
            <Icon size={16} aria-hidden="true" />
            {text}
          </Radix.Trigger>
        ))}
      </Radix.List>
      <span className="flex-1" />
      {after}
    </div>
    <Radix.Content
      value={value}
      tabIndex={-1}
      className={clsx('flex flex-col gap-3', content, fills && 'min-h-96 flex-1')}
    >
      {children}
    </Radix.Content>
  </Radix.Root>
)
