import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'
import { databaseFile } from './host.ts'

const fileName = 'core.key'

/**
 * The key of a backend that stands alone, from `<dir>/core.key` (mode 0600), made at the first start. It protects backups
 * and disks that leave the machine, not against who can read this directory: docs/decisions says so.
 * @throws LibralError `storage.unreadable` when it is missing beside a database, damaged, or readable by others
 */
export const openStorageKey = (directory: string): Uint8Array => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, fileName)
  if (!existsSync(file)) {
    if (existsSync(databaseFile(directory)))
      throw new LibralError('storage.unreadable', { file: fileName, reason: 'missing' })
    makeKey(file)
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new LibralError('storage.unreadable', { file: fileName, reason: 'readable-by-others' })
  }
  return parseKey(readFileSync(file, 'utf8').trim())
}

const parseKey = (text: string): Uint8Array => {
  const key = /^[A-Za-z0-9_-]{43}$/.test(text) ? fromBase64url(text) : undefined
  if (key?.byteLength !== 32) throw new LibralError('storage.unreadable', { file: fileName, reason: 'damaged' })
  return key
}

/** Written beside and linked into place: two first starts at once agree on one key, and none is ever half written. */
const makeKey = (file: string): void => {
  const beside = `${file}.${process.pid}.new`
  writeFileSync(beside, `${toBase64url(randomBytes(32))}\n`, { mode: 0o600, flag: 'wx' })
  const handle = openSync(beside, 'r')
  fsyncSync(handle)
  closeSync(handle)
  try {
    linkSync(beside, file)
  } catch (failure) {
    if (!existsSync(file)) throw failure
  } finally {
    unlinkSync(beside)
  }
}
