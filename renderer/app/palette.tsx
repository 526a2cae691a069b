import { Command } from 'cmdk'
import type { TFunction } from 'i18next'
import { Dialog } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import { keysTabs } from '../features/keys/tabs.ts'
import { useVault } from '../features/keys/use-keys.ts'
import { chooseRange, ranges } from '../features/monitoring/range.ts'
import { useFocusReturn } from '../ui/focus-return.ts'
import { act } from './act.ts'
import { showDeployment, useDeployments } from './deployments.ts'
import { desktop } from './desktop.ts'
import { runExport } from './exports.ts'
import { failureIn } from './failure.ts'
import { goTo } from './navigation.ts'
import { overlays } from './overlays.ts'
import { usePageEntries } from './pages.tsx'
import { changeSettings, useDesktop, useDesktopState } from './streams.ts'
import { sayFailure } from './submit.ts'

interface Action {
  readonly id: string
  readonly label: string
  readonly run: () => unknown
}

interface Group {
  readonly title: string
  readonly actions: readonly Action[]
  /** Of no use without a backend. */
  readonly connected?: true
}

/** Whether bundles are reviewed with no backend: what needs one is not offered. */
const useAlone = (): boolean => useDesktop((state) => state?.reviewOnly ?? false)

const usePages = (): Group => {
  const entries = usePageEntries()
  const alone = useAlone()
  const { t } = useTranslation('shell')
  const { t: common } = useTranslation()
  const { t: review } = useTranslation('review')
  const openBundle = async (): Promise<void> => {
    goTo({ page: 'audit', key: null, search: 'tab=bundle' })
    await act(() => desktop.review.open({}))
  }
  return {
    title: t('palette.pages'),
    actions: [
      ...entries.map(({ page }) => ({
        id: page,
        label: t('palette.go', { page: common(`page.${page}`) }),
        run: () => goTo({ page, key: null }),
      })),
      { id: 'open-bundle', label: review('open'), run: openBundle },
      ...(alone ? [] : whatHappens(t)),
    ],
  }
}

const whatHappens = (t: TFunction<'shell'>): readonly Action[] => [
  {
    id: 'open-events',
    label: t('palette.openEvents'),
    run: () => goTo({ page: 'events', key: null, search: 'state=open' }),
  },
  { id: 'firing', label: t('palette.firing'), run: () => goTo({ page: 'alerts', key: null }) },
]

/** The parts of 鍵, and 施錠 from wherever one is. */
const useKeys = (): Group => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  const open = useVault()?.state === 'unlocked'
  return {
    title: common('page.keys'),
    actions: [
      ...keysTabs.map(({ tab }) => ({
        id: `keys-${tab}`,
        label: t('goToTab', { tab: t(`tab.${tab}`) }),
        run: () => goTo({ page: 'keys', key: null, search: `tab=${tab}` }),
      })),
      ...(open ? [{ id: 'lock', label: t('lockAll'), run: () => desktop.keys.lock({}) }] : []),
    ],
  }
}

const useDeploymentActions = (): Group => {
  const { t } = useTranslation('deployments')
  const list = useDeployments()
  const others = list?.known.filter(({ key }) => key !== list.shown) ?? []
  return {
    title: t('title'),
    connected: true,
    actions: [
      ...others.flatMap(({ key, name }) => [
        { id: `show-${key}`, label: t('showNamed', { name }), run: () => showDeployment(key) },
        {
          id: `window-${key}`,
          label: t('newWindowNamed', { name }),
          run: () => desktop.deployments.openWindow({ key }),
        },
      ]),
      {
        id: 'deployments',
        label: t('manage'),
        run: () => goTo({ page: 'settings', key: null, search: 'part=deployments' }),
      },
    ],
  }
}

const useActions = (): Group => {
  const { t } = useTranslation('shell')
  const state = useDesktopState()
  const process = state?.reviewOnly ? null : state?.backendProcess
  return {
    title: t('palette.actions'),
    actions: [
      ...(state?.link.state === 'live' || state?.reviewOnly
        ? []
        : [{ id: 'reconnect', label: t('palette.reconnect'), run: () => desktop.app.reconnect({}) }]),
      ...(process
        ? [{ id: 'restart', label: t('palette.restartBackend'), run: () => desktop.app.restartBackend({}) }]
        : []),
      { id: 'diagnostics', label: t('palette.diagnostics'), run: () => runExport('diagnostics') },
      // The palette closes after an action; the sheet opens once it has.
      { id: 'shortcuts', label: t('palette.shortcuts'), run: () => setTimeout(() => overlays.set('shortcuts')) },
    ],
  }
}

const useRanges = (): Group => {
  const { t } = useTranslation('shell')
  const { t: monitoring } = useTranslation('monitoring')
  return {
    title: t('palette.ranges'),
    connected: true,
    actions: ranges.map((range) => ({
      id: `range-${range}`,
      label: t('palette.range', { range: monitoring(`range.${range}`) }),
      run: () => {
        goTo({ page: 'monitoring', key: null })
        chooseRange(range)
      },
    })),
  }
}

const useAppearance = (): Group => {
  const { t } = useTranslation('shell')
  const { t: settings } = useTranslation('settings')
  return {
    title: t('palette.appearance'),
    actions: [
      ...(['dark', 'light', 'system'] as const).map((theme) => ({
        id: `theme-${theme}`,
        label:
          theme === 'system' ? t('palette.themeSystem') : t('palette.theme', { theme: settings(`theme.${theme}`) }),
        run: () => changeSettings({ theme }),
      })),
      ...(['ja', 'en'] as const).map((locale) => ({
        id: `locale-${locale}`,
        label: t('palette.language', { language: settings(`language.${locale}`) }),
        run: () => changeSettings({ locale }),
      })),
    ],
  }
}

const useWindows = (): Group => {
  const { t } = useTranslation('shell')
  const open = (wall: boolean) => desktop.app.openWindow({ place: { page: 'monitoring', key: null }, wall })
  return {
    title: t('palette.windows'),
    connected: true,
    actions: [
      { id: 'window', label: t('palette.newWindow'), run: () => open(false) },
      { id: 'wall', label: t('palette.wall'), run: () => open(true) },
    ],
  }
}

const perform = async (action: Action): Promise<void> => {
  try {
    await action.run()
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}

/** Everything that can be gone to or done, found by typing a part of its name. */
export const Palette = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('shell')
  const onCloseAutoFocus = useFocusReturn()
  const alone = useAlone()
  const groups = [
    usePages(),
    useKeys(),
    useDeploymentActions(),
    useActions(),
    useRanges(),
    useAppearance(),
    useWindows(),
  ].filter(({ connected }) => !(alone && connected))
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          onCloseAutoFocus={onCloseAutoFocus}
          aria-describedby={undefined}
          className="fixed top-[14vh] left-1/2 z-40 w-[min(620px,92vw)] -translate-x-1/2 rounded-xl border border-line-strong bg-surface shadow-float"
        >
          <Dialog.Title className="sr-only">{t('palette.title')}</Dialog.Title>
          <Command label={t('palette.title')} loop>
            <Command.Input
              placeholder={t('palette.placeholder')}
              aria-label={t('palette.placeholder')}
              className="h-12 w-full select-text rounded-t-xl border-line border-b bg-transparent px-4 text-[16px] -outline-offset-2 placeholder:text-faint"
            />
            <Command.List className="max-h-[52vh] overflow-y-auto p-2">
              <Command.Empty className="px-3 py-6 text-center text-muted">{t('palette.none')}</Command.Empty>
              {groups.map((group) => (
                <Command.Group
                  key={group.title}
                  heading={group.title}
                  className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint"
                >
                  {group.actions.map((action) => (
                    <Command.Item
                      key={action.id}
                      value={`${action.label} ${action.id}`}
                      onSelect={() => {
                        onClose()
                        void perform(action)
                      }}
                      className="flex h-9 items-center rounded-md px-3 data-[selected=true]:bg-selected"
                    >
                      {action.label}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
