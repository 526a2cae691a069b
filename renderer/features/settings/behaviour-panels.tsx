import { useTranslation } from 'react-i18next'
import type { Settings } from '#protocol/desktop.ts'
import { Panel } from '../../ui/panel.tsx'
import { Switch } from '../../ui/switch.tsx'
import { changeSettings } from './change-settings.ts'
import { SettingRow } from './setting-row.tsx'

type Flag =
  | 'notifications'
  | 'notificationSound'
  | 'paymentNotifications'
  | 'startHidden'
  | 'startAtLogin'
  | 'closeToTray'

interface FlagRowProps {
  readonly settings: Settings
  readonly flag: Flag
  readonly disabled?: boolean
}

const FlagRow = ({ settings, flag, disabled = false }: FlagRowProps) => {
  const { t } = useTranslation('settings')
  return (
    <SettingRow title={t(`flag.${flag}.title`)} hint={t(`flag.${flag}.hint`)}>
      <Switch
        label={t(`flag.${flag}.title`)}
        checked={settings[flag]}
        disabled={disabled}
        onChange={(checked) => void changeSettings({ [flag]: checked })}
      />
    </SettingRow>
  )
}

export const NotificationPanel = ({ settings }: { readonly settings: Settings }) => {
  const { t } = useTranslation('settings')
  return (
    <Panel title={t('notification')}>
      <FlagRow settings={settings} flag="notifications" />
      <FlagRow settings={settings} flag="notificationSound" disabled={!settings.notifications} />
      <FlagRow settings={settings} flag="paymentNotifications" disabled={!settings.notifications} />
    </Panel>
  )
}

export const StartPanel = ({ settings }: { readonly settings: Settings }) => {
  const { t } = useTranslation('settings')
  return (
    <Panel title={t('start')}>
      <FlagRow settings={settings} flag="startAtLogin" />
      <FlagRow settings={settings} flag="startHidden" />
      <FlagRow settings={settings} flag="closeToTray" />
    </Panel>
  )
}
