import { constants, existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { derive, readKeptKey } from '#main/app/storage-key.ts'
import { LibralError } from '#protocol/errors.ts'

/** `core.key` of a backend that stands alone, `storage.key` of one embedded in the app. */
const names = ['core.key', 'storage.key'] as const

export interface StorageKeyFile {
  readonly path: string
  readonly key: Uint8Array
}

/**
 * Opens the key of a deployment's storage.
 * @param given the file named by the operator; null: the one in the data folder
 * @throws LibralError `storage.unreadable` where there is none, `storage.locked` where only the app can open it (sealed
 *   by the keychain or under a passphrase)
 */
export function openKeyFile(directory: string, given: string | null): StorageKeyFile {
  const path = given ?? names.map((name) => join(directory, name)).find(existsSync)
  if (path === undefined || !existsSync(path)) throw new LibralError('storage.unreadable', { reason: 'key-missing' })
  return { path, key: basename(path).startsWith('storage') ? embeddedKey(path) : standaloneKey(path) }
}

function standaloneKey(path: string): Uint8Array {
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw new LibralError('storage.unreadable', { reason: 'key-damaged' })
  return Buffer.from(text, 'base64url')
}

function embeddedKey(path: string): Uint8Array {
  const kept = readKeptKey(dirname(path))
  if (kept === null || kept === 'unreadable') throw new LibralError('storage.unreadable', { reason: 'key-damaged' })
  if (kept.kind !== 'file') throw new LibralError('storage.locked', { reason: kept.kind })
  return derive(Buffer.from(kept.key, 'base64url'), 'backend')
}

/** Puts the key beside restored data, where they are opened with it; one that is there stays. */
export async function copyKeyFile(path: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const target = join(directory, basename(path))
  if (!existsSync(target)) await copyFile(path, target, constants.COPYFILE_EXCL)
}
