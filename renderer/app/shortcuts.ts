import { useEffect } from 'react'
import { goTo } from './navigation.ts'
import { overlays } from './overlays.ts'
import { pageEntries } from './pages.tsx'

const writing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

const onKey = (event: KeyboardEvent): void => {
  if (event.isComposing) return
  const control = event.ctrlKey || event.metaKey
  if (control && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    overlays.set((now) => (now === 'palette' ? 'none' : 'palette'))
    return
  }
  if (control && event.altKey && /^Digit[1-9]$/.test(event.code)) {
    event.preventDefault()
    void showNth(Number(event.code.slice(-1)))
    return
  }
  const entry =
    control && !event.shiftKey && !event.altKey ? pageEntries.find(({ digit }) => digit === event.key) : undefined
  if (entry) {
    event.preventDefault()
    goTo({ page: entry.page, key: null })
    return
  }
  if (!writing(event.target) && (event.key === '?' || event.key === 'F1')) {
    event.preventDefault()
    overlays.set('shortcuts')
    return
  }
  if (!writing(event.target) && event.key === '/') focusSearch(event)
}

/** The deployments in the order in which the header lists them. */
const showNth = async (nth: number): Promise<void> => {
  const { deploymentsNow, showDeployment } = await import('./deployments.ts')
  const it = deploymentsNow()?.known[nth - 1]
  if (it !== undefined) await showDeployment(it.key)
}

/** A page marks its search box with `data-search`. */
const focusSearch = (event: KeyboardEvent): void => {
  const search = document.querySelector<HTMLInputElement>('input[data-search]')
  if (search === null) return
  event.preventDefault()
  search.focus()
}

/** The keys that work on every page; shortcut-sheet.tsx lists them. */
export const useShortcuts = (): void => {
  useEffect(() => {
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
