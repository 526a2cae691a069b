import { safeStorage } from 'electron'

/**
 * The system's keychain. Synchronous calls only: the asynchronous ones crash Electron 42 on Linux right after `ready`
 * and use another keyring item.
 */
export interface Keychain {
  /** Whether what it seals is really kept by the system, and not under a constant known to everybody. */
  protects(): boolean
  seal(text: string): Uint8Array
  /** null when it can't be opened: another user, another keyring, no keyring now. */
  open(sealed: Uint8Array): string | null
}

export const systemKeychain: Keychain = {
  protects() {
    if (!safeStorage.isEncryptionAvailable()) return false
    if (process.platform !== 'linux') return true
    return sealedByKeyring(safeStorage.encryptString('probe'))
  },
  seal: (text) => safeStorage.encryptString(text),
  open(sealed) {
    try {
      return safeStorage.decryptString(Buffer.from(sealed))
    } catch {
      return null
    }
  },
}

/** Chromium marks what a real keyring protects with `v11`; `v10` is a fixed password (os_crypt on Linux). */
export const sealedByKeyring = (sealed: Uint8Array): boolean =>
  Buffer.from(sealed.subarray(0, 3)).toString('latin1') === 'v11'
