import { existsSync, readFileSync } from 'node:fs'
import { link, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '#main/settings/json-file.ts'
import { LibralError } from '#protocol/errors.ts'
import { hasKeyring, presentFile, previousFile } from './places.ts'
import { readSealed } from './sealed-file.ts'

export interface FoundFile {
  readonly file: NonNullable<ReturnType<typeof readSealed>>
  /** The damaged one was renamed to this; the one before it was taken. */
  readonly setAside: string | null
}

/**
 * Finds the newest whole keyring file. A damaged one is never overwritten: it is set aside under another name.
 * @throws LibralError `vault.absent`, `vault.unreadable` (nothing whole is left), `vault.newer-version`
 */
export async function findKeyring(directory: string, now: number): Promise<FoundFile> {
  if (!hasKeyring(directory)) throw new LibralError('vault.absent')
  const whole = readIfWhole(presentFile(directory))
  if (whole !== null) return { file: whole, setAside: null }
  const before = readIfWhole(previousFile(directory))
  if (before === null) throw new LibralError('vault.unreadable')
  return { file: before, setAside: await setAside(directory, now) }
}

function readIfWhole(path: string) {
  try {
    return readSealed(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof LibralError) throw error
    return null
  }
}

async function setAside(directory: string, now: number): Promise<string | null> {
  if (!existsSync(presentFile(directory))) return null
  const name = `keyring.broken-${new Date(now).toISOString().replaceAll(':', '').replace('.', '-')}`
  await rename(presentFile(directory), join(directory, name))
  return name
}

/** Moves everything unreadable out of the way, so that a backup can be restored. */
export async function setAllAside(directory: string, now: number): Promise<string | null> {
  const name = await setAside(directory, now)
  if (existsSync(previousFile(directory)))
    await rename(previousFile(directory), join(directory, `${name ?? 'keyring'}.previous`))
  return name
}

/**
 * Puts a new file in place of the present one, which becomes the one before. At each moment one whole file has its
 * name.
 * @throws LibralError `vault.write-failed`
 */
export async function keepFile(directory: string, text: string): Promise<void> {
  try {
    if (existsSync(presentFile(directory))) await keepPrevious(directory)
    await writeWhole(presentFile(directory), text)
  } catch (cause) {
    throw new LibralError('vault.write-failed', {}, { cause })
  }
}

async function keepPrevious(directory: string): Promise<void> {
  const draft = `${previousFile(directory)}.draft`
  await rm(draft, { force: true })
  await link(presentFile(directory), draft)
  await rename(draft, previousFile(directory))
  // A rename between two names of one file does nothing (POSIX), and the draft stays.
  await rm(draft, { force: true })
}
