import { useTranslation } from 'react-i18next'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useSettings } from '../../app/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Switch } from '../../ui/switch.tsx'
import { changeSettings } from '../settings/change-settings.ts'
import { SettingRow } from '../settings/setting-row.tsx'

const minutes = [1, 5, 15, 30, 60] as const

/** When the vault locks itself, and its passphrase. */
export const LockSettings = () => {
  const { t } = useTranslation('keys')
  const settings = useSettings()
  if (settings === null) return null
  const change = () =>
    void act(
      () => desktop.keys.changePassphrase({}),
      () => t('passphraseChanged'),
    )
  return (
    <Panel
      title={t('settings.title')}
      actions={
        <Button small onClick={change}>
          {t('changePassphrase')}
        </Button>
      }
    >
      <SettingRow title={t('settings.idle')} hint={t('settings.idleHint')}>
        <Select
          aria-label={t('settings.idle')}
          className="w-32"
          value={String(settings.vaultIdleMinutes ?? '')}
          onChange={({ target }) =>
            void changeSettings({ vaultIdleMinutes: target.value === '' ? null : Number(target.value) })
          }
        >
          {minutes.map((count) => (
            <option key={count} value={count}>
              {t('settings.minutes', { count })}
            </option>
          ))}
          <option value="">{t('settings.never')}</option>
        </Select>
      </SettingRow>
      <SettingRow title={t('settings.suspend')} hint={t('settings.suspendHint')}>
        <Switch
          label={t('settings.suspend')}
          checked={settings.vaultLockOnSuspend}
          onChange={(vaultLockOnSuspend) => void changeSettings({ vaultLockOnSuspend })}
        />
      </SettingRow>
      <SettingRow title={t('settings.screen')} hint={t('settings.screenHint')}>
        <Switch
          label={t('settings.screen')}
          checked={settings.vaultLockOnScreen}
          onChange={(vaultLockOnScreen) => void changeSettings({ vaultLockOnScreen })}
        />
      </SettingRow>
    </Panel>
  )
}
