import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useEffect } from 'react'
import type { WindowRole } from '#protocol/desktop.ts'
import { changeLocale } from '../i18n/i18n.ts'
import { queryClient } from './collection.ts'
import { DemoBand } from './demo-band.tsx'
import { rendered } from './first-paint.ts'
import { Shell } from './shell.tsx'
import { useSettings } from './streams.ts'
import { useAppliedTheme } from './theme.ts'

const WallView = lazy(async () => ({ default: (await import('../features/wall/wall-view.tsx')).WallView }))

export const App = ({ role }: { readonly role: WindowRole }) => {
  const settings = useSettings()
  useEffect(rendered, [])
  useAppliedTheme(settings?.theme)
  useEffect(() => {
    if (settings) void changeLocale(settings.locale)
  }, [settings])
  return (
    <QueryClientProvider client={queryClient}>
      <div className="flex h-full flex-col">
        <DemoBand />
        <div className="min-h-0 flex-1">
          {role === 'wall' ? (
            <Suspense>
              <WallView />
            </Suspense>
          ) : (
            <Shell />
          )}
        </div>
      </div>
    </QueryClientProvider>
  )
}
