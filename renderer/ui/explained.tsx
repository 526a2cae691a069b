import { Tooltip } from 'radix-ui'
import type { ReactElement } from 'react'

/**
 * Says why a control cannot be used. The control stays focusable (`aria-disabled`), so that the reason is reachable by
 * keyboard; the caller leaves its `onClick` out while there is a reason.
 */
export const Explained = ({ reason, children }: { readonly reason: string | null; readonly children: ReactElement }) =>
  reason === null ? (
    children
  ) : (
    <Tooltip.Provider delayDuration={200}>
      <Tooltip.Root>
        <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
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
