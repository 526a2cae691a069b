import { Tooltip } from 'radix-ui'
import { type ReactElement, useState } from 'react'

/** Focus scrolls its control into view, and Radix closes a tooltip on scroll: it opens once that has settled. */
const settleMs = 150

const Reason = ({ reason, children }: { readonly reason: string; readonly children: ReactElement }) => {
  const [open, setOpen] = useState(false)
  const openIfFocused = (control: Element): void => {
    setTimeout(() => {
      if (control === document.activeElement) setOpen(true)
    }, settleMs)
  }
  return (
    <Tooltip.Provider delayDuration={200}>
      <Tooltip.Root open={open} onOpenChange={setOpen}>
        <Tooltip.Trigger asChild onFocus={(event) => openIfFocused(event.currentTarget)}>
          {children}
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            sideOffset={6}
            collisionPadding={8}
            className="z-50 max-w-80 rounded-md border border-line-strong bg-raised px-3 py-2 text-text shadow-float"
          >
            {reason}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  )
}

/**
 * Says why a control cannot be used. The control stays focusable (`aria-disabled`), so that the reason is reachable by
 * keyboard; the caller leaves its `onClick` out while there is a reason.
 */
export const Explained = ({ reason, children }: { readonly reason: string | null; readonly children: ReactElement }) =>
  reason === null ? children : <Reason reason={reason}>{children}</Reason>
