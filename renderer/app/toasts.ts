import { type Cell, cell } from './live.ts'

export type ToastTone = 'ok' | 'busy' | 'bad' | 'warning'

export interface Toast {
  readonly id: number
  readonly tone: ToastTone
  readonly title: string
  readonly body?: string
  /** 0–1, or null while the whole is not known; absent for a plain message. */
  readonly progress?: number | null
  readonly action?: { readonly label: string; readonly run: () => void }
}

export const toasts: Cell<readonly Toast[]> = cell<readonly Toast[]>([])

const shownMs = { ok: 5_000, warning: 9_000, bad: 14_000, busy: null } as const
const most = 5
let next = 1

export const dismissToast = (id: number): void => toasts.set((now) => now.filter((toast) => toast.id !== id))

/** Shows a message; a `busy` one stays until it is replaced or dismissed. @returns its id */
export const showToast = (toast: Omit<Toast, 'id'>): number => {
  const id = next
  next += 1
  toasts.set((now) => [...now, { ...toast, id }].slice(-most))
  expire(id, toast.tone)
  return id
}

/** Puts a new message in the place of one that is still shown. */
export const replaceToast = (id: number, toast: Omit<Toast, 'id'>): void => {
  toasts.set((now) =>
    now.some((shown) => shown.id === id)
      ? now.map((shown) => (shown.id === id ? { ...toast, id } : shown))
      : [...now, { ...toast, id }],
  )
  expire(id, toast.tone)
}

const expire = (id: number, tone: ToastTone): void => {
  const after = shownMs[tone]
  if (after !== null) setTimeout(() => dismissToast(id), after)
}
