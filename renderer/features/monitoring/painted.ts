import { useEffect } from 'react'
import type { Page } from '#protocol/desktop.ts'
import { desktop } from '../../app/desktop.ts'

let told = false

/** Tells main, once a window, when something meaningful has been painted: two frames after it was rendered. */
export const usePainted = (page: Page, meaningful: boolean): void => {
  useEffect(() => {
    if (!meaningful || told) return
    told = true
    requestAnimationFrame(() =>
      requestAnimationFrame(() => void desktop.app.painted({ page, atMs: performance.now() }).catch(() => undefined)),
    )
  }, [page, meaningful])
}
