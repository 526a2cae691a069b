import { useState } from 'react'

/**
 * For dialogs without a trigger of their own: gives the focus back to what had it when the dialog was mounted.
 * @returns Radix's `onCloseAutoFocus`
 */
export const useFocusReturn = (): ((event: Event) => void) => {
  const [before] = useState(() => document.activeElement)
  return (event) => {
    event.preventDefault()
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  }
}
