import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { WindowRole } from '#protocol/desktop.ts'
import { changeLocale } from '../i18n/i18n.ts'
import { queryClient } from './collection.ts'
import { windowRole } from './desktop.ts'
import { Shell } from './shell.tsx'
import { useSettings } from './streams.ts'
import { useAppliedTheme } from './theme.ts'

const WallView = lazy(async () => ({ default: (await import('../features/wall/wall-view.tsx')).WallView }))

/** What this window is for; null until the preload has said so. */
const useWindowRole = (): WindowRole | null => {
  const [role, setRole] = useState<WindowRole | null>(null)
  useEffect(() => {
    void windowRole.then(setRole)
  }, [])
  return role
}

export const App = () => {
  const settings = useSettings()
  const role = useWindowRole()
  useAppliedTheme(settings?.theme)
  useEffect(() => {
    if (settings) void changeLocale(settings.locale)
  }, [settings])
  return (
    <QueryClientProvider client={queryClient}>
      {role === 'wall' ? (
        <Suspense>
          <WallView />
        </Suspense>
      ) : (
        <Shell />
      )}
    </QueryClientProvider>
  )
}
