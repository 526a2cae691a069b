import { useTranslation } from 'react-i18next'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktopState, usePermitted, useSettings } from '../../app/streams.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { AppearancePanel } from './appearance-panel.tsx'
import { NotificationPanel, StartPanel } from './behaviour-panels.tsx'
import { BackendPanel, DiagnosticsPanel, ProtectionPanel } from './data-panels.tsx'
import { OperatorsPanel } from './operators-panel.tsx'
import { SessionsPanel, TokensPanel } from './tokens-panel.tsx'

const parts = ['general', 'users'] as const

const General = () => {
  const settings = useSettings()
  const state = useDesktopState()
  if (settings === null) return <Loading rows={8} />
  return (
    <>
      <AppearancePanel settings={settings} />
      <NotificationPanel settings={settings} />
      <StartPanel settings={settings} />
      {state && <ProtectionPanel protection={state.replica.protection} />}
      {state?.deployment.embedded && <BackendPanel settings={settings} />}
      <DiagnosticsPanel />
    </>
  )
}

/** This machine's settings and, for an administrator, who may come in. */
export const SettingsPage = () => {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const { search } = useLocation()
  const administrates = usePermitted('session.administer')
  const users = administrates && new URLSearchParams(search).get('part') === 'users'
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="mx-auto flex max-w-4xl flex-col gap-3">
        <div className="flex items-center gap-4">
          <h1 className="font-bold text-[20px]">{common('page.settings')}</h1>
          {administrates && (
            <Segmented
              label={t('part.label')}
              value={users ? 'users' : 'general'}
              options={parts.map((value) => ({ value, label: t(`part.${value}`) }))}
              onChange={(part) =>
                replacePlace({ page: 'settings', key: null, search: part === 'users' ? 'part=users' : '' })
              }
            />
          )}
        </div>
        {users ? (
          <>
            <OperatorsPanel />
            <TokensPanel />
            <SessionsPanel />
          </>
        ) : (
          <General />
        )}
      </div>
    </div>
  )
}
