import { useEffect, useSyncExternalStore } from 'react'
import type { Settings } from '#protocol/desktop.ts'

export type Shade = 'dark' | 'light'

const prefersLight = window.matchMedia('(prefers-color-scheme: light)')
const subscribe = (listener: () => void): (() => void) => {
  prefersLight.addEventListener('change', listener)
  return () => prefersLight.removeEventListener('change', listener)
}

/** The theme that `system` stands for right now; dark while the settings are not known. */
export const useShade = (theme: Settings['theme'] | undefined): Shade => {
  const light = useSyncExternalStore(subscribe, () => prefersLight.matches)
  if (theme === 'system') return light ? 'light' : 'dark'
  return theme ?? 'dark'
}

export const useAppliedTheme = (theme: Settings['theme'] | undefined): void => {
  const shade = useShade(theme)
  useEffect(() => {
    document.documentElement.dataset['theme'] = shade
  }, [shade])
}
