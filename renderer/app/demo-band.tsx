import { FlaskConical } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { demoKey } from '#protocol/deployment-keys.ts'
import { useDesktop } from './streams.ts'

/** Whether this window shows the demo. */
export const useIsDemo = (): boolean => useDesktop((state) => state?.deployment.key) === demoKey

/** Over every window of the demo, the wall's too: nobody may take its figures for real ones. */
export const DemoBand = () => {
  const { t } = useTranslation('deployments')
  if (!useIsDemo()) return null
  return (
    <aside
      aria-label={t('demo.band')}
      className="flex h-7 shrink-0 items-center justify-center gap-3 bg-[#e0a106] px-5 font-bold text-[#1a1300] text-[15px]"
    >
      <FlaskConical size={16} aria-hidden="true" />
      <span className="tracking-[0.4em]">{t('demo.band')}</span>
      <span className="truncate font-normal">{t('demo.bandText')}</span>
    </aside>
  )
}
