import { useTranslation } from 'react-i18next'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktop, useDesktopState, useSettings } from '../../app/streams.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { DeploymentsPanel } from '../deployments/deployments-panel.tsx'
import { AppearancePanel } from './appearance-panel.tsx'
import { NotificationPanel, StartPanel } from './behaviour-panels.tsx'
import { BackendPanel, DiagnosticsPanel, ProtectionPanel } from './data-panels.tsx'

const parts = ['general', 'deployments'] as const

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

/** This machine's settings, and the deployments that it connects to. */
export const SettingsPage = () => {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const { search } = useLocation()
  // Open for a review alone, the app connects to nothing.
  const alone = useDesktop((state) => state?.reviewOnly ?? false)
  const wanted = new URLSearchParams(search).get('part')
  const part = wanted === 'deployments' && !alone ? 'deployments' : 'general'
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="flex max-w-4xl flex-col gap-3">
        <div className="flex items-center gap-4">
          <h1 className="font-bold text-[20px]">{common('page.settings')}</h1>
          {!alone && (
            <Segmented
              label={t('part.label')}
              value={part}
              options={parts.map((value) => ({ value, label: t(`part.${value}`) }))}
              onChange={(next) =>
                replacePlace({ page: 'settings', key: null, search: next === 'general' ? '' : `part=${next}` })
              }
            />
          )}
        </div>
        {part === 'deployments' ? <DeploymentsPanel /> : <General />}
      </div>
    </div>
  )
}
