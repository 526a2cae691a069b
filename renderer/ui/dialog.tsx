import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, type ButtonLook, IconButton } from './button.tsx'
import { useFocusReturn } from './focus-return.ts'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description?: ReactNode
  readonly wide?: boolean
  readonly footer?: ReactNode
  readonly children?: ReactNode
}

/** A modal dialog: Escape and the scrim close it, focus returns to where it was. */
export const Dialog = ({ open, onClose, title, description, wide = false, footer, children }: DialogProps) => {
  const { t } = useTranslation()
  const onCloseAutoFocus = useFocusReturn()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          onCloseAutoFocus={onCloseAutoFocus}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={clsx(
            'fixed top-1/2 left-1/2 z-40 flex max-h-[86vh] -translate-1/2 flex-col rounded-xl border border-line-strong bg-surface shadow-float',
            wide ? 'w-[min(760px,92vw)]' : 'w-[min(500px,92vw)]',
          )}
        >
          <div className="flex items-start gap-3 px-5 pt-4 pb-2">
            <Radix.Title className="flex-1 pt-0.5 font-bold text-[17px]">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('action.close')} className="-mr-2">
                <X size={18} aria-hidden="true" />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-4">
            {description !== undefined && (
              <Radix.Description asChild>
                <div className="mb-3 text-muted">{description}</div>
              </Radix.Description>
            )}
            {children}
          </div>
          {footer !== undefined && (
            <div className="flex justify-end gap-2 border-line border-t px-5 py-3">{footer}</div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface ConfirmProps extends Omit<DialogProps, 'footer' | 'onClose'> {
  readonly action: string
  readonly look?: ButtonLook
  readonly busy?: boolean
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before an action: names the target and its effects, and the red button says what it does. */
export const Confirm = ({ action, look = 'danger', busy = false, onConfirm, onCancel, ...dialog }: ConfirmProps) => {
  const { t } = useTranslation()
  return (
    <Dialog
      {...dialog}
      onClose={onCancel}
      footer={
        <>
          <Button onClick={onCancel}>{t('action.cancel')}</Button>
          <Button look={look} disabled={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    />
  )
}
