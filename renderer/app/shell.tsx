import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { keyGuide } from '../features/signing/key-guide.ts'
import { Loading, NotPermitted } from '../ui/states/states.tsx'
import { Banners } from './banners.tsx'
import { desktop } from './desktop.ts'
import { Header } from './header.tsx'
import { useLive } from './live.ts'
import { goTo, useLocation } from './navigation.ts'
import { overlays } from './overlays.ts'
import { PageBoundary } from './page-boundary.tsx'
import { pageEntries } from './pages.tsx'
import { proposing } from './proposing.ts'
import { useShortcuts } from './shortcuts.ts'
import { Sidebar } from './sidebar.tsx'
import { useDesktop, useDesktopState } from './streams.ts'
import { ToastRegion } from './toast-region.tsx'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const WaitsNotice = lazy(async () => ({ default: (await import('../features/hardware/waits-notice.tsx')).WaitsNotice }))
const EmergencyBanner = lazy(async () => ({
  default: (await import('../features/approvals/emergency-banner.tsx')).EmergencyBanner,
}))
const ProposeDialog = lazy(async () => ({
  default: (await import('../features/approvals/propose-dialog.tsx')).ProposeDialog,
}))
const KeyGuide = lazy(async () => ({ default: (await import('../features/signing/key-guide-dialog.tsx')).KeyGuide }))
const ShortcutSheet = lazy(async () => ({ default: (await import('./shortcut-sheet.tsx')).ShortcutSheet }))

/** Follows what menu, tray, notifications and `libral://` links point at. */
const useGuidedNavigation = (): void => {
  useEffect(() => {
    const ending = new AbortController()
    const follow = async (): Promise<void> => {
      try {
        for await (const place of await desktop.app.navigate({}, { signal: ending.signal })) goTo(place)
      } catch {
        // The window is closing.
      }
    }
    void follow()
    return () => ending.abort()
  }, [])
}

const Page = () => {
  const { page } = useLocation()
  const entry = pageEntries.find((candidate) => candidate.page === page)
  const permission = entry?.permission ?? null
  const denied = useDesktop(
    (state) => permission !== null && state?.session?.permissions.includes(permission) === false,
  )
  if (entry === undefined) return null
  const { content: Content } = entry
  return (
    <PageBoundary key={page}>
      <Suspense fallback={<Loading rows={6} />}>{denied ? <NotPermitted /> : <Content />}</Suspense>
    </PageBoundary>
  )
}

const Overlays = () => {
  const overlay = useLive(overlays)
  const proposed = useLive(proposing)
  const guided = useLive(keyGuide) !== null
  return (
    <Suspense>
      {guided && <KeyGuide />}
      {overlay === 'palette' && <Palette onClose={() => overlays.set('none')} />}
      {proposed !== null && <ProposeDialog {...proposed} onClose={() => proposing.set(() => null)} />}
      {overlay === 'shortcuts' && <ShortcutSheet onClose={() => overlays.set('none')} />}
    </Suspense>
  )
}

/** What follows the desktop's state word by word; the page beneath reads what it needs of it. */
const Top = () => {
  const state = useDesktopState()
  return (
    <>
      <Header state={state} />
      {state && <Banners state={state} />}
      <Suspense>
        <EmergencyBanner />
      </Suspense>
    </>
  )
}

/** Sidebar, header, banners and the page. */
export const Shell = () => {
  const { t } = useTranslation()
  const { page } = useLocation()
  // Several windows may show several deployments: the task bar has to tell them apart too.
  const label = useDesktop((state) => state?.deployment.label)
  useGuidedNavigation()
  useShortcuts()
  useEffect(() => {
    document.title = [t(`page.${page}`), label, 'Libral Control Center'].filter(Boolean).join(' - ')
  }, [t, page, label])
  return (
    <div className="flex h-full">
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <Top />
        <main className="min-h-0 flex-1 overflow-hidden">
          <Page />
        </main>
      </div>
      <ToastRegion />
      <Suspense>
        <WaitsNotice />
      </Suspense>
      <Overlays />
    </div>
  )
}
