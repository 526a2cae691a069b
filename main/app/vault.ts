import { join } from 'node:path'
import { BrowserWindow, powerMonitor, utilityProcess } from 'electron'
import type { Services } from '#main/ipc/services.ts'
import type { SettingsStore } from '#main/settings/store.ts'
import { chooseToOpen, chooseToSave } from './file-dialogs.ts'
import type { Locations } from './locations.ts'
import type { Log } from './logging.ts'
import type { Say } from './texts.ts'
import { createVaultHost } from './vault-host.ts'
import { lockWhenAway } from './vault-locks.ts'
import type { VaultWindows } from './vault-window.ts'

export interface VaultParts {
  readonly locations: Locations
  readonly windows: VaultWindows
  readonly settings: SettingsStore
  readonly say: Say
  readonly log: Log
}

const keyFiles = [{ name: 'OpenPGP', extensions: ['asc', 'pgp', 'gpg', 'key', 'txt'] }]

const handedKeys = [{ name: 'Libral', extensions: ['lbkeys'] }]

/** Libraries have versions behind their endings: `.so.2`. */
const filtersOf = (what: string) => (what === 'module' ? {} : { filters: keyFiles })

/** The vault as windows reach it: its process, its locks, and the dialogs for files. */
export function createVaultServices({ locations, windows, settings, say, log }: VaultParts): Services['keys'] {
  const host = createVaultHost({
    directory: join(locations.userData, 'vault'),
    fork: () => utilityProcess.fork(locations.vault, [], { serviceName: 'libral-vault', stdio: 'ignore' }),
    windows,
    pkcs11: [locations.node, locations.pkcs11],
    locale: () => settings.current().locale,
    log,
  })
  const stopLocks = lockWhenAway(host, settings.current, powerMonitor)
  const over = (window: number): BrowserWindow | null => BrowserWindow.fromId(window)
  return {
    state: host.state,
    onState: host.onState,
    open: (window, by) => host.open(over(window), by),
    call: (window, use) => host.call(over(window), use),
    lock: () => host.lock(),
    proofs: new Set<string>(),
    chooseOpen: (window, what) => chooseToOpen(window, { title: say(`keys.${what}`), ...filtersOf(what) }),
    chooseSave: (window, what, name) =>
      chooseToSave(window, name, {
        title: say(`keys.${what}`),
        filters: what === 'key-file' ? handedKeys : keyFiles,
      }),
    async stop() {
      stopLocks()
      await host.lock()
    },
  }
}
