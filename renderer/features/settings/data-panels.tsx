import { Download, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DesktopState, Settings } from '#protocol/desktop.ts'
import { runExport } from '../../app/exports.ts'
import { askProtection } from '../../app/header-menus.tsx'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status } from '../../ui/status.tsx'
import { Switch } from '../../ui/switch.tsx'
import { changeSettings } from './change-settings.ts'
import { SettingRow } from './setting-row.tsx'

/** A port as typed; null when it is none that may be used. */
export const portOf = (text: string): number | null => {
  const port = /^\d{4,5}$/.test(text) ? Number(text) : 0
  return port >= 1_024 && port <= 65_535 ? port : null
}

const defaultPort = 9_464

const HttpPort = ({ port }: { readonly port: number | null }) => {
  const { t } = useTranslation('settings')
  const [text, setText] = useState(String(port ?? defaultPort))
  const typed = portOf(text)
  const apply = (): void => {
    if (typed !== null && typed !== port) void changeSettings({ httpPort: typed })
  }
  return (
    <span className="flex items-center gap-3">
      {port !== null && (
        <>
          {typed === null && <span className="text-major">{t('http.wrong')}</span>}
          <TextInput
            aria-label={t('http.port')}
            aria-invalid={typed === null}
            inputMode="numeric"
            className="w-24"
            value={text}
            onChange={(event) => setText(event.target.value.trim())}
            onBlur={apply}
            onKeyDown={(event) => event.key === 'Enter' && apply()}
          />
        </>
      )}
      <Switch
        label={t('http.title')}
        checked={port !== null}
        onChange={(open) => void changeSettings({ httpPort: open ? (typed ?? defaultPort) : null })}
      />
    </span>
  )
}

export const BackendPanel = ({ settings }: { readonly settings: Settings }) => {
  const { t } = useTranslation('settings')
  return (
    <Panel title={t('backend')}>
      <SettingRow title={t('http.title')} hint={t('http.hint')}>
        <HttpPort port={settings.httpPort} />
      </SettingRow>
    </Panel>
  )
}

export const ProtectionPanel = ({ protection }: { readonly protection: DesktopState['replica']['protection'] }) => {
  const { t } = useTranslation('settings')
  const { t: shell } = useTranslation('shell')
  return (
    <Panel title={t('protection.title')}>
      <SettingRow title={t('protection.replica')} hint={t(`protection.${protection}Hint`)}>
        <span className="flex items-center gap-3">
          <Status tone={protection === 'this-run' ? 'warning' : 'ok'}>{t(`protection.${protection}`)}</Status>
          {protection !== 'keychain' && (
            <Button
              icon={<KeyRound size={16} aria-hidden="true" />}
              onClick={() => void askProtection(shell('thisRun.done'))}
            >
              {t(protection === 'this-run' ? 'protection.set' : 'protection.change')}
            </Button>
          )}
        </span>
      </SettingRow>
    </Panel>
  )
}

export const DiagnosticsPanel = () => {
  const { t } = useTranslation('settings')
  return (
    <Panel title={t('diagnostics.title')}>
      {(['diagnostics', 'logs'] as const).map((kind) => (
        <SettingRow key={kind} title={t(`diagnostics.${kind}`)} hint={t(`diagnostics.${kind}Hint`)}>
          <Button icon={<Download size={16} aria-hidden="true" />} onClick={() => void runExport(kind)}>
            {t(`diagnostics.${kind}Save`)}
          </Button>
        </SettingRow>
      ))}
    </Panel>
  )
}
