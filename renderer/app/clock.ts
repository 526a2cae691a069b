import { useSyncExternalStore } from 'react'
import { desktopState } from './streams.ts'

let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

const tick = (): void => {
  now = Date.now()
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  timer ??= setInterval(tick, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** This machine's clock, once a second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

/** The backend's clock as far as `hello` told: what deadlines such as a silence's end are compared with. */
export const backendNow = (): number => Date.now() + (desktopState.get()?.link.skewMs ?? 0)
