import { hkdfSync } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'
import { parseStrict } from '#trust/strict-json.ts'
import { type DeploymentKeys, freshKeys, type KeptKeys, parseKeys, signersOf } from './deployment-keys.ts'

/**
 * A shared deployment's keys: JSON in a file that its user alone may read (mode 0600), the same on every machine that
 * runs an instance. The key of a service that is new is derived from the log key, so that copies of the file stay alike.
 * @throws LibralError `storage.unreadable`: missing where a log stands, damaged, or readable by others
 */
export const openKeyFile = (
  file: string,
  services: readonly string[],
  { mayMake }: { readonly mayMake: boolean },
): DeploymentKeys => {
  if (!existsSync(file)) {
    if (!mayMake) throw unreadable(file, 'missing')
    writeKeyFile(file, withServices(freshKeys(), services))
  }
  const kept = readKeyFile(file)
  const all = withServices(kept, services)
  if (Object.keys(all.services).length > Object.keys(kept.services).length) replace(file, all)
  return signersOf(all)
}

const unreadable = (file: string, reason: string): LibralError =>
  new LibralError('storage.unreadable', { file: basename(file), reason })

const withServices = (kept: KeptKeys, services: readonly string[]): KeptKeys => ({
  ...kept,
  services: {
    ...Object.fromEntries(services.map((name) => [name, derived(kept, name)])),
    ...kept.services,
  },
})

const derived = ({ log, deployment }: KeptKeys, service: string): string =>
  toBase64url(
    new Uint8Array(
      hkdfSync('sha256', fromBase64url(log), new Uint8Array(0), `libral service v1\n${deployment}\n${service}`, 32),
    ),
  )

/** @throws LibralError `storage.unreadable` */
export const readKeyFile = (file: string): KeptKeys => {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw unreadable(file, 'readable-by-others')
  try {
    return parseKeys(parseStrict(readFileSync(file)))
  } catch (cause) {
    throw new LibralError('storage.unreadable', { file: basename(file), reason: 'damaged' }, { cause })
  }
}

/** false also where there is no such file. @throws LibralError `storage.unreadable` */
export const holdsOtherKeys = (file: string, { log, deployment }: KeptKeys): boolean => {
  if (!existsSync(file)) return false
  const kept = readKeyFile(file)
  return kept.log !== log || kept.deployment !== deployment
}

/** Where the next log key waits until the log has it. */
export const nextKeyFile = (file: string): string => `${file}.next`
/** Where the keys under a restored log's id wait until the log has it. */
export const restoredKeyFile = (file: string): string => `${file}.restored`

/**
 * The keys with another log key, on disk before the log hears of it; the same again when it was interrupted.
 * @throws LibralError `storage.unreadable`
 */
export const prepareNextKeys = (file: string): KeptKeys => {
  const kept = readKeyFile(file)
  writeKeyFile(nextKeyFile(file), { ...kept, log: freshKeys().log })
  return readKeyFile(nextKeyFile(file))
}

/** Puts them in the place of the present ones, which are kept beside for backups of the time before. */
export const adoptNextKeys = (file: string): void => adoptKeys(file, nextKeyFile(file))

export const adoptKeys = (file: string, next: string): void => {
  linkSync(file, `${file}.${new Date().toISOString().slice(0, 10)}-${process.pid}.previous`)
  renameSync(next, file)
}

const beside = (file: string, keys: KeptKeys): string => {
  const path = `${file}.${process.pid}.new`
  writeFileSync(path, `${JSON.stringify(keys)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return path
}

/** Linked into place: two first starts at once agree on one file, and none is ever half written. A file there stays. */
export const writeKeyFile = (file: string, keys: KeptKeys): void => {
  const made = beside(file, keys)
  try {
    linkSync(made, file)
  } catch (failure) {
    if (!existsSync(file)) throw failure
  } finally {
    unlinkSync(made)
  }
}

/** In the place of what waited there. */
export const writeNextKeys = (next: string, keys: KeptKeys): void => replace(next, keys)

const replace = (file: string, keys: KeptKeys): void => renameSync(beside(file, keys), file)
