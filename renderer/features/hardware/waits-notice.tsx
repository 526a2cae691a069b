import { Fingerprint, Hourglass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useVault } from '../keys/use-keys.ts'
import { useWaits } from './use-hardware.ts'

/** Over every page: a card that waits for a finger, or a device that makes a key. */
export const WaitsNotice = () => {
  const { t } = useTranslation('hardware')
  const waits = useWaits(useVault()?.state === 'unlocked')
  if (waits === null) return null
  const Icon = waits === 'touch' ? Fingerprint : Hourglass
  return (
    <div
      role="alert"
      className="fixed top-16 left-1/2 z-50 flex w-[min(440px,92vw)] -translate-x-1/2 items-center gap-4 rounded-xl border-2 border-accent bg-surface px-5 py-4 shadow-float"
    >
      <Icon aria-hidden="true" size={36} strokeWidth={1.6} className="shrink-0 text-accent motion-safe:animate-pulse" />
      <div>
        <p className="font-bold text-[17px]">{t(waits)}</p>
        <p className="text-muted">{t(waits === 'touch' ? 'touchHint' : 'makingHint')}</p>
      </div>
    </div>
  )
}
