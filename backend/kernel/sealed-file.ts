import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { parseStrict } from '#trust/strict-json.ts'

/**
 * A small JSON file sealed with AES-256-GCM: `nonce (12) ‖ ciphertext ‖ tag (16)`, under a key derived from the storage
 * key for this purpose alone (HKDF-SHA256), with the purpose as AAD too.
 */
const subkey = (storageKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', storageKey, new Uint8Array(0), `libral sealed file v1\n${purpose}`, 32))

/** undefined when there is no such file. @throws LibralError `storage.unreadable` for a wrong key or a damaged file */
export const readSealed = (file: string, storageKey: Uint8Array, purpose: string): Json | undefined => {
  if (!existsSync(file)) return undefined
  try {
    const bytes = readFileSync(file)
    const open = createDecipheriv('aes-256-gcm', subkey(storageKey, purpose), bytes.subarray(0, 12), {
      authTagLength: 16,
    })
    open.setAAD(Buffer.from(purpose))
    open.setAuthTag(bytes.subarray(-16))
    return parseStrict(Buffer.concat([open.update(bytes.subarray(12, -16)), open.final()]))
  } catch (cause) {
    throw new LibralError('storage.unreadable', { file: purpose }, { cause })
  }
}

/** Writes beside, syncs, renames: after a crash the file is the old one or the new one, never a half. Mode 0600. */
export const writeSealed = (file: string, storageKey: Uint8Array, purpose: string, value: Json): void => {
  const nonce = randomBytes(12)
  const seal = createCipheriv('aes-256-gcm', subkey(storageKey, purpose), nonce, { authTagLength: 16 })
  seal.setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([nonce, seal.update(canonicalBytes(value)), seal.final(), seal.getAuthTag()])
  const beside = `${file}.${process.pid}.new`
  writeFileSync(beside, sealed, { mode: 0o600, flush: true })
  renameSync(beside, file)
  syncFolder(dirname(file))
}

const syncFolder = (folder: string): void => {
  // Windows can't open a folder; NTFS journals the rename by itself.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
