import { readFile, realpath, stat } from 'node:fs/promises'
import { writeWhole } from '#main/settings/json-file.ts'
import { LibralError } from '#protocol/errors.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { type KnownKeys, knownKeys } from '../messages/known-keys.ts'
import { armored, dearmored, looksArmored } from '../openpgp/armor.ts'
import { collect } from '../openpgp/byte-reader.ts'
import { decryptMessage } from '../openpgp/decrypt.ts'
import { encryptMessage } from '../openpgp/encrypt.ts'
import type { Vault } from '../vault.ts'
import { type EnvLine, isSettable, parseEnv, serialiseEnv, valuesOf } from './dotenv.ts'
import { envReaders, isForGnupg, type MessageReaders, readersOf } from './readers.ts'

/** More than any file of settings; what is larger was meant for something else. */
const largest = 4 * 1024 * 1024

/** An encrypted file of settings while it is looked at. Its text is in memory alone, never on a disk. */
export interface EnvFile {
  readonly path: string
  readonly lines: readonly EnvLine[]
  readonly readers: MessageReaders
  /** What lay there when it was read; empty for a new one. */
  readonly sealed: Uint8Array
  readonly armored: boolean
  readonly mode: number
}

/**
 * @throws LibralError `openpgp.read-failed`, `openpgp.wrong-key`, `openpgp.tampered`, `input.not-utf8`, …;
 *   `vault.locked`
 */
export async function openEnvFile(vault: Vault, file: string): Promise<EnvFile> {
  const { path, sealed, mode } = await read(file)
  const known = await knownKeys(vault)
  const readers = await readersOf([sealed], known.entries)
  const text = await opened(vault, known, sealed)
  return { path, lines: parseEnv(text), readers, sealed, armored: looksArmored(sealed), mode }
}

/** Who reads it, without opening it. @throws LibralError `openpgp.read-failed`, `openpgp.malformed` */
export async function envFileReaders(file: string, entries: readonly KeyEntry[]): Promise<MessageReaders> {
  return readersOf([(await read(file)).sealed], entries)
}

async function read(file: string) {
  try {
    // A link stays one: what it leads to is replaced.
    const path = await realpath(file)
    const { size, mode } = await stat(path)
    if (size > largest) throw new LibralError('input.too-large')
    return { path, sealed: new Uint8Array(await readFile(path)), mode: mode & 0o777 }
  } catch (cause) {
    throw cause instanceof LibralError ? cause : new LibralError('openpgp.read-failed', {}, { cause })
  }
}

async function opened(vault: Vault, known: KnownKeys, sealed: Uint8Array): Promise<string> {
  const parts: Buffer[] = []
  const source = { size: null, open: () => dearmored([sealed]) }
  const write = (bytes: Uint8Array): void => void parts.push(Buffer.from(bytes))
  await decryptMessage(source, { write }, { keys: known.openers, judgement: known.judgement(vault.now()) })
  const plain = Buffer.concat(parts)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain)
  } catch {
    throw new LibralError('input.not-utf8')
  } finally {
    for (const part of [plain, ...parts]) part.fill(0)
  }
}

export const newEnvFile = (path: string, lines: readonly EnvLine[]): EnvFile => ({
  path,
  lines,
  readers: { known: [], unknown: [], passwords: 0 },
  sealed: new Uint8Array(0),
  armored: false,
  mode: 0o600,
})

/** The people of the file as it is. @throws LibralError `env.reader-unknown` where some would be lost by writing it anew */
export function presentReaders({ readers }: EnvFile): KeyEntry[] {
  if (readers.unknown.length + readers.passwords > 0)
    throw new LibralError('env.reader-unknown', { count: readers.unknown.length + readers.passwords })
  return [...new Map(readers.known.map(({ entry }) => [entry.id, entry])).values()]
}

export interface Saved {
  /** Fingerprints to which it is encrypted. */
  readonly readers: readonly string[]
  readonly forGnupg: boolean
  /** As it lies there now. */
  readonly file: EnvFile
}

/**
 * Encrypts to people and puts the file in place whole, with the mode that it had.
 * @throws LibralError `env.name-invalid`, `env.value-invalid`, `env.changed` where somebody else wrote it meanwhile,
 *   `openpgp.recipient-unusable`, `export.write-failed`
 */
export async function saveEnvFile(
  vault: Vault,
  file: EnvFile,
  lines: readonly EnvLine[],
  people: readonly KeyEntry[],
): Promise<Saved> {
  refuseUnusable(lines, file.lines)
  const chosen = envReaders(people)
  const known = await knownKeys(vault)
  const recipients = chosen.map(({ fingerprint }) => known.certificate(fingerprint))
  const forGnupg = isForGnupg(chosen)
  const text = Buffer.from(serialiseEnv(lines))
  const message = encryptMessage({ size: text.byteLength, open: () => [text] }, { recipients })
  const sealed = await collect(file.armored ? armored('message', message, forGnupg) : message, 2 * largest)
  text.fill(0)
  await refuseChanged(file)
  await writeWhole(file.path, sealed, file.mode).catch((cause: unknown) => {
    throw new LibralError('export.write-failed', {}, { cause })
  })
  const readers = await readersOf([sealed], known.entries)
  return {
    readers: chosen.map(({ fingerprint }) => fingerprint),
    forGnupg,
    file: { ...file, lines, readers, sealed },
  }
}

/**
 * What was there may stay; what is new must be of use to every program.
 * @throws LibralError `env.name-invalid`, `env.value-invalid`
 */
export function refuseUnusable(lines: readonly EnvLine[], before: readonly EnvLine[]): void {
  const old = valuesOf(before)
  for (const [name, value] of valuesOf(lines)) {
    if (old.get(name) === value) continue
    if (!isSettable(name) && !old.has(name)) throw new LibralError('env.name-invalid')
    if (value.includes('\0') || !value.isWellFormed()) throw new LibralError('env.value-invalid')
  }
}

async function refuseChanged({ path, sealed }: EnvFile): Promise<void> {
  const now = await readFile(path).catch(() => null)
  if (!Buffer.from(now ?? []).equals(sealed)) throw new LibralError('env.changed')
}
