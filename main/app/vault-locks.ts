import type { Settings } from '#protocol/desktop.ts'
import type { VaultState } from '#protocol/keys.ts'

const checkMs = 5_000

/** What of the system says that nobody is there; Electron's powerMonitor. */
export interface Presence {
  on(event: 'suspend' | 'lock-screen', listener: () => void): unknown
  off(event: 'suspend' | 'lock-screen', listener: () => void): unknown
  /** Seconds since the last key or mouse. */
  getSystemIdleTime(): number
}
interface Lockable {
  state(): VaultState
  lock(): Promise<void>
}
interface Followed {
  state(): VaultState
  onState(listener: (state: VaultState) => void): () => void
}
type LockSettings = Pick<Settings, 'vaultIdleMinutes' | 'vaultLockOnSuspend' | 'vaultLockOnScreen'>

/** Whether the vault has been left alone: since whichever came later, the last key or mouse, or the unlocking. */
export const leftAlone = (
  { state, since }: Pick<VaultState, 'state' | 'since'>,
  { vaultIdleMinutes }: Pick<LockSettings, 'vaultIdleMinutes'>,
  idleSeconds: number,
  now: number,
): boolean =>
  vaultIdleMinutes !== null &&
  state === 'unlocked' &&
  Math.min(idleSeconds * 1_000, now - since) >= vaultIdleMinutes * 60_000

/** Locks the vault when nobody is there: after idle minutes, at suspend, when the screen is locked. */
export function lockWhenAway(vault: Lockable, settings: () => LockSettings, presence: Presence): () => void {
  const lock = (): void => void vault.lock()
  const onSuspend = (): void => {
    if (settings().vaultLockOnSuspend) lock()
  }
  const onScreen = (): void => {
    if (settings().vaultLockOnScreen) lock()
  }
  presence.on('suspend', onSuspend)
  presence.on('lock-screen', onScreen)
  const timer = setInterval(() => {
    if (leftAlone(vault.state(), settings(), presence.getSystemIdleTime(), Date.now())) lock()
  }, checkMs)
  return () => {
    presence.off('suspend', onSuspend)
    presence.off('lock-screen', onScreen)
    clearInterval(timer)
  }
}

/** Tells each time when a vault that was open no longer is: locked, or its process ended. */
export function onceLocked({ state, onState }: Followed, locked: () => void): () => void {
  let open = state().state === 'unlocked'
  return onState((next) => {
    const closed = next.state === 'locking' || next.state === 'locked' || next.state === 'absent'
    if (next.state === 'unlocked') open = true
    else if (open && closed) {
      open = false
      locked()
    }
  })
}
