import { powerMonitor } from 'electron'
import type { Settings } from '#protocol/desktop.ts'
import type { VaultHost } from './vault-host.ts'

const checkMs = 5_000

/** Locks the vault when nobody is there: after idle minutes, at suspend, when the screen is locked. */
export function lockWhenAway(vault: VaultHost, settings: () => Settings): () => void {
  const lock = (): void => void vault.lock()
  const onSuspend = (): void => {
    if (settings().vaultLockOnSuspend) lock()
  }
  const onScreen = (): void => {
    if (settings().vaultLockOnScreen) lock()
  }
  powerMonitor.on('suspend', onSuspend)
  powerMonitor.on('lock-screen', onScreen)
  const timer = setInterval(() => {
    const minutes = settings().vaultIdleMinutes
    if (minutes === null || vault.state().state !== 'unlocked') return
    // Since whichever came later: the last key or mouse, or the unlocking.
    const idleMs = Math.min(powerMonitor.getSystemIdleTime() * 1_000, Date.now() - vault.state().since)
    if (idleMs >= minutes * 60_000) lock()
  }, checkMs)
  return () => {
    powerMonitor.off('suspend', onSuspend)
    powerMonitor.off('lock-screen', onScreen)
    clearInterval(timer)
  }
}
