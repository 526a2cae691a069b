import { CreditCard, FileLock2, Globe, KeyRound, LifeBuoy, type LucideIcon, Mail, Stamp } from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { VaultState } from '#protocol/keys.ts'
import type keys from '../../i18n/ja/keys.json'

export type KeysTab = keyof typeof keys.tab

interface KeysTabEntry {
  readonly tab: KeysTab
  readonly icon: LucideIcon
  /** Shown while the vault is open, or always where it needs no vault. */
  readonly content: ComponentType<{ readonly vault: VaultState }>
  readonly whileLocked: boolean
}

/** The tabs that exist, in their order. A capability to come adds its line here and its name to `tab` of keys.json. */
export const keysTabs: readonly KeysTabEntry[] = [
  {
    tab: 'keyring',
    icon: KeyRound,
    content: lazy(async () => ({ default: (await import('./keyring-view.tsx')).KeyringView })),
    whileLocked: false,
  },
  {
    tab: 'messages',
    icon: Mail,
    content: lazy(async () => ({ default: (await import('../messages/messages-tab.tsx')).MessagesTab })),
    whileLocked: false,
  },
  {
    tab: 'env-files',
    icon: FileLock2,
    content: lazy(async () => ({ default: (await import('../env-files/env-files-tab.tsx')).EnvFilesTab })),
    whileLocked: false,
  },
  {
    tab: 'hardware',
    icon: CreditCard,
    content: lazy(async () => ({ default: (await import('../hardware/hardware-view.tsx')).HardwareView })),
    whileLocked: false,
  },
  {
    tab: 'sealed',
    icon: Stamp,
    content: lazy(async () => ({ default: (await import('../sealed/sealed-view.tsx')).SealedView })),
    whileLocked: true,
  },
  {
    tab: 'publish',
    icon: Globe,
    content: lazy(async () => ({ default: (await import('../wkd/wkd-tab.tsx')).WkdTab })),
    whileLocked: false,
  },
  {
    tab: 'lost',
    icon: LifeBuoy,
    content: lazy(async () => ({ default: (await import('../hardware/lost-view.tsx')).LostView })),
    // Who has forgotten the passphrase can open nothing.
    whileLocked: true,
  },
]

export const tabNamed = (name: string | null): KeysTab | null => keysTabs.find(({ tab }) => tab === name)?.tab ?? null
