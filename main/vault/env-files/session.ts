import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { EnvReader, EnvSheet } from '#protocol/env-files.ts'
import { LibralError } from '#protocol/errors.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { shownKeyring } from '../shown-keyring.ts'
import type { Vault } from '../vault.ts'
import { changesBetween, type EnvLine, valuesOf, withoutName, withValue } from './dotenv.ts'
import { type EnvFile, openEnvFile, refuseUnusable, saveEnvFile } from './env-file.ts'
import { envReaders, isForGnupg } from './readers.ts'

/** A file while somebody works on it. */
export interface EnvSession {
  readonly id: string
  readonly onChange: (listener: (sheet: EnvSheet) => void) => () => void
  sheet(): Promise<EnvSheet>
  /** @throws LibralError `env.unknown` */
  value(name: string, side: 'before' | 'after'): string
  /** @throws LibralError `env.name-invalid`, `env.value-invalid` */
  set(name: string, value: string): Promise<void>
  /** @throws LibralError `env.unknown` */
  unset(name: string): Promise<void>
  revert(name: string): Promise<void>
  setReaders(ids: readonly string[]): Promise<void>
  /** @throws LibralError `env.reader-unknown`, and as {@link saveEnvFile} */
  save(dropStrangers: boolean): Promise<void>
  /** @throws as {@link openEnvFile} */
  reopen(): Promise<void>
}

/** @param readers of a new file: who is to read it; left out: who reads it now */
export function startSession(vault: Vault, opened: EnvFile, readers = readerIds(opened)): EnvSession {
  const id = randomUUID()
  const listeners = new Set<(sheet: EnvSheet) => void>()
  let file = opened
  let chosen = readers
  let revision = 0
  /** What was done to each name, null where it was removed: taking it back leaves the file as it was, byte for byte. */
  const edits = new Map<string, string | null>()

  const linesAfter = (): readonly EnvLine[] => applied(file.lines, edits)
  const sheet = async (): Promise<EnvSheet> => {
    const { entries } = await shownKeyring(vault)
    const people = entries.filter((it) => chosen.includes(it.id))
    const present = new Set(readerIds(file))
    return {
      session: id,
      revision,
      file: basename(file.path),
      fresh: file.sealed.length === 0,
      names: [...valuesOf(linesAfter()).keys()],
      changes: changesBetween(file.lines, linesAfter()),
      readers: people.map((it) => shownReader(it, vault.now())),
      before: entries.filter((it) => present.has(it.id)).map((it) => shownReader(it, vault.now())),
      strangers: strangersOf(file),
      forGnupg: isForGnupg(envReaders(people)),
    }
  }
  const tell = async (): Promise<void> => {
    revision++
    const now = await sheet()
    for (const listener of [...listeners]) listener(now)
  }

  return {
    id,
    sheet,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    value(name, side) {
      const value = valuesOf(side === 'before' ? file.lines : linesAfter()).get(name)
      if (value === undefined) throw new LibralError('env.unknown')
      return value
    },
    set(name, value) {
      refuseUnusable(withValue(file.lines, name, value), file.lines)
      edits.set(name, value)
      return tell()
    },
    unset(name) {
      if (!valuesOf(linesAfter()).has(name)) throw new LibralError('env.unknown')
      edits.set(name, null)
      return tell()
    },
    revert(name) {
      edits.delete(name)
      return tell()
    },
    setReaders(ids) {
      chosen = [...new Set(ids)]
      return tell()
    },
    async save(dropStrangers) {
      const strangers = strangersOf(file)
      if (strangers > 0 && !dropStrangers) throw new LibralError('env.reader-unknown', { count: strangers })
      const { entries } = await shownKeyring(vault)
      const people = entries.filter((it) => chosen.includes(it.id))
      const done = new Map(edits)
      const saved = await saveEnvFile(vault, file, linesAfter(), people)
      file = saved.file
      // What was typed meanwhile is not in the file yet.
      for (const [name, value] of done) if (edits.get(name) === value) edits.delete(name)
      await tell()
    },
    async reopen() {
      file = await openEnvFile(vault, file.path)
      chosen = readerIds(file)
      edits.clear()
      await tell()
    },
  }
}

const applied = (lines: readonly EnvLine[], edits: ReadonlyMap<string, string | null>): readonly EnvLine[] =>
  [...edits].reduce<readonly EnvLine[]>(
    (sofar, [name, value]) => (value === null ? withoutName(sofar, name) : withValue(sofar, name, value)),
    lines,
  )

const readerIds = ({ readers }: EnvFile): readonly string[] => [...new Set(readers.known.map(({ entry }) => entry.id))]

const strangersOf = ({ readers }: EnvFile): number => readers.unknown.length + readers.passwords

function shownReader(entry: KeyEntry, now: number): EnvReader {
  const { id, name, email, own, state, certificates } = entry
  const certificate = envReaders([entry])[0]
  const encrypts = (certificate?.parts ?? []).some(
    ({ uses, revoked, expiresAt }) =>
      uses.includes('encrypt') && revoked === null && (expiresAt === null || expiresAt > now),
  )
  const confirmed = own || certificates.some(({ confirmedAt }) => confirmedAt !== null)
  return { id, name, email, own, state, confirmed, version: certificate?.version ?? null, encrypts }
}
