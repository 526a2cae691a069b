import { vi } from 'vitest'

/** jsdom lays nothing out, so nothing ever changes its size there. */
export const stubResizeObserver = (): void => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
}
