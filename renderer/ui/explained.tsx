import { Tooltip } from 'radix-ui'
import { type ReactElement, useRef, useState } from 'react'

/** Focus scrolls its control into view, and Radix closes a tooltip on scroll: it opens once that has settled. */
const settleMs = 150

const Reason = ({ reason, children }: { readonly reason: string; readonly children: ReactElement }) => {
  const [open, setOpen] = useState(false)
  const focused = useRef<Element | null>(null)
  const openIfFocused = (): void => {
    setTimeout(() => {
      if (focused.current !== null && focused.current === document.activeElement) setOpen(true)
    }, settleMs)
  }
  /** What moved the page while it came closes the reason too: it opens again as long as its control has the focus. */
  const change = (next: boolean): void => {
    setOpen(next)
    if (!next) openIfFocused()
  }
  const focus = (control: Element): void => {
    focused.current = control
    openIfFocused()
  }
  return (
    <Tooltip.Provider delayDuration={200}>
      <Tooltip.Root open={open} onOpenChange={change}>
        <Tooltip.Trigger asChild onFocus={(event) => focus(event.currentTarget)}>
          {children}
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            sideOffset={6}
            onEscapeKeyDown={() => {
              focused.current = null
            }}
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
