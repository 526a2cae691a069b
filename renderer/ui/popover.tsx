import { clsx } from 'clsx'
import { Popover as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'

interface PopoverProps {
  /** Its name for screen readers. */
  readonly label: string
  readonly trigger: ReactElement
  readonly align?: 'start' | 'end'
  readonly className?: string
  readonly open?: boolean
  readonly onOpenChange?: (open: boolean) => void
  readonly children: ReactNode
}

export const Popover = ({ label, trigger, align = 'start', className, children, ...root }: PopoverProps) => (
  <Radix.Root {...root}>
    <Radix.Trigger asChild>{trigger}</Radix.Trigger>
    <Radix.Portal>
      <Radix.Content
        aria-label={label}
        align={align}
        sideOffset={6}
        collisionPadding={8}
        className={clsx(
          'z-30 max-h-[70vh] overflow-y-auto rounded-lg border border-line-strong bg-surface p-3 shadow-float',
          className,
        )}
      >
        {children}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
)
