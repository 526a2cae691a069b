import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { encryptKey, type Key, PrivateKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { exportKinds, KeyEntry } from '#protocol/keys.ts'
import { whoFacts } from './ask/confirmations.ts'
import type { StoredCertificate } from './keyring/document.ts'
import { parseStored } from './keyring/listing.ts'
import { gnupg, modern } from './openpgp/config.ts'
import { leastPassphrase, type Vault } from './vault.ts'

export const certificateText = async (stored: StoredCertificate): Promise<string> =>
  (await parseStored(stored)).toPublic().armor(modern)

/** @param passphrase for a secret key: it leaves the vault only under one */
export async function exported(
  stored: StoredCertificate,
  what: (typeof exportKinds)[number],
  armored: boolean,
  passphrase: Uint8Array | null,
): Promise<Uint8Array> {
  if (what === 'revocation') {
    if (stored.revocation === null) throw new LibralError('keys.no-revocation')
    return Buffer.from(stored.revocation)
  }
  const key = await parseStored(stored)
  const shown = what === 'certificate' ? key.toPublic() : await locked(key, passphrase)
  return armored ? Buffer.from(shown.armor(modern)) : shown.write()
}

/** Asks for the passphrase under which secret keys leave the vault, one for all of them. */
export function secretExport(
  vault: Vault,
  entry: KeyEntry,
  stored: readonly StoredCertificate[],
  armored: boolean,
): Promise<Uint8Array> {
  const { say } = vault
  const facts = whoFacts(entry, say)
  const asked = { title: say('export.title'), body: [say('export.body')], facts, accept: say('accept') }
  return vault.ask({ ...asked, fields: 'two', least: leastPassphrase }, async (secret) => {
    const parts = []
    for (const it of stored) parts.push(await exported(it, 'secret', armored, secret))
    return Buffer.concat(parts)
  })
}

/** A version 4 key with iterated S2K, so that GnuPG takes it; a version 6 one with Argon2. */
async function locked(key: Key, passphrase: Uint8Array | null): Promise<PrivateKey> {
  if (!(key instanceof PrivateKey) || passphrase === null) throw new LibralError('keys.not-own')
  const config = key.keyPacket.version === 6 ? modern : gnupg
  return encryptKey({ privateKey: key, passphrase: new TextDecoder().decode(passphrase), config })
}

/** Writes beside and renames, for this user alone. @throws LibralError `export.write-failed` */
export async function writeExport(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (cause) {
    await rm(draft, { force: true })
    throw new LibralError('export.write-failed', {}, { cause })
  }
}
