import { useEffect, useState } from 'react'
import type { Keyring, VaultState } from '#protocol/keys.ts'
import { desktop } from '../../app/desktop.ts'
import { latest, useLive } from '../../app/live.ts'

export const vaultLive = latest<VaultState>(() => desktop.keys.state({}))
export const useVault = (): VaultState | null => useLive(vaultLive)

/** The open keyring; null until it has come. Nothing of it is kept once the vault is locked. */
export const useKeyring = (): Keyring | null => {
  const [keyring, setKeyring] = useState<Keyring | null>(null)
  useEffect(() => {
    const ending = new AbortController()
    const follow = async (): Promise<void> => {
      try {
        for await (const next of await desktop.keys.watch({}, { signal: ending.signal })) setKeyring(next)
      } catch {
        // Locked: the page shows that instead.
      }
    }
    void follow()
    return () => ending.abort()
  }, [])
  return keyring
}
