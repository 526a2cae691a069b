import { Minus, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Settings } from '#protocol/desktop.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { changeSettings } from './change-settings.ts'
import { SettingRow } from './setting-row.tsx'

const steps = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const

/** The next step from a zoom in per cent; the same at the end. */
export const zoomed = (zoom: number, direction: 1 | -1): number =>
  (direction === 1 ? steps.find((step) => step > zoom) : steps.findLast((step) => step < zoom)) ?? zoom

const Zoom = ({ zoom }: { readonly zoom: number }) => {
  const { t } = useTranslation('settings')
  const set = (next: number): void => void changeSettings({ zoom: next })
  return (
    <span className="flex items-center gap-2">
      <IconButton label={t('zoom.smaller')} disabled={zoom <= steps[0]} onClick={() => set(zoomed(zoom, -1))}>
        <Minus size={16} aria-hidden="true" />
      </IconButton>
      <span className="figure w-14 text-center">{zoom}%</span>
      <IconButton label={t('zoom.larger')} disabled={zoom >= 300} onClick={() => set(zoomed(zoom, 1))}>
        <Plus size={16} aria-hidden="true" />
      </IconButton>
      <Button small disabled={zoom === 100} onClick={() => set(100)}>
        {t('zoom.reset')}
      </Button>
    </span>
  )
}

export const AppearancePanel = ({ settings }: { readonly settings: Settings }) => {
  const { t } = useTranslation('settings')
  return (
    <Panel title={t('appearance')}>
      <SettingRow title={t('language.title')}>
        <Segmented
          label={t('language.title')}
          value={settings.locale}
          options={(['ja', 'en'] as const).map((value) => ({ value, label: t(`language.${value}`) }))}
          onChange={(locale) => void changeSettings({ locale })}
        />
      </SettingRow>
      <SettingRow title={t('theme.title')}>
        <Segmented
          label={t('theme.title')}
          value={settings.theme}
          options={(['dark', 'light', 'system'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))}
          onChange={(theme) => void changeSettings({ theme })}
        />
      </SettingRow>
      <SettingRow title={t('zoom.title')}>
        <Zoom zoom={settings.zoom} />
      </SettingRow>
    </Panel>
  )
}
