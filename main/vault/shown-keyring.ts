import type { Keyring as Shown } from '#protocol/keys.ts'
import { ocbInUse } from './openpgp/ocb-self-test.ts'
import type { Vault } from './vault.ts'

/** The open keyring as windows and the command line see it. @throws LibralError `vault.locked` */
export async function shownKeyring(vault: Vault): Promise<Shown> {
  const keyring = vault.keyring()
  const document = keyring.current()
  return {
    revision: keyring.revision(),
    ocb: ocbInUse(),
    entries: await vault.listing(document, vault.now()),
    backupAt: document.backupAt,
    unsavedSince: document.unsavedSince,
  }
}
