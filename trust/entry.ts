import type { Json, SignedCommand } from '#protocol/command.ts'
import { type Entry, entryOfJsonSchema, entrySchema, maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { utf8 } from './bytes.ts'
import { canonicalBytes, canonicalText } from './canonical.ts'
import { canonicalMembers } from './canonical-form.ts'
import { parseCanonical, parseToCompare } from './strict-json.ts'

/**
 * The bytes that are stored and hashed, once and for all.
 * @throws LibralError `command.too-large` beyond 32 KiB
 */
export const entryBytes = (entry: Entry): Uint8Array => bounded(canonicalBytes(entry as unknown as Json))

/** A command with the canonical texts that checking it has made already. */
export interface CanonicalCommand {
  readonly command: SignedCommand
  readonly statement: string
  readonly params: string
  /** Canonical text of what stands there instead of salt and parameters. */
  readonly sealed?: string
}

/**
 * The same bytes as {@link entryBytes}, put together from texts that are canonical already (keys in RFC 8785 order):
 * the writer makes ten thousand a second.
 * @throws LibralError `command.too-large`
 */
export const entryBytesFrom = (made: CanonicalCommand, rest: Omit<Entry, 'command'>): Uint8Array => {
  const signatures = canonicalText(made.command.signatures)
  const said =
    made.sealed === undefined ? `"params":${made.params},"salt":"${made.command.salt}"` : `"sealed":${made.sealed}`
  const command = `{${said},"signatures":${signatures},"statement":${made.statement}}`
  const events = canonicalText(rest.events as unknown as Json)
  const tail = `"index":${rest.index},"policy":"${rest.policy}","v":${rest.v}}`
  return bounded(utf8(`{"at":${rest.at},"command":${command},"events":${events},${tail}`))
}

const bounded = (bytes: Uint8Array): Uint8Array => {
  if (bytes.byteLength > maxEntryBytes) {
    throw new LibralError('command.too-large', { bytes: bytes.byteLength, limit: maxEntryBytes })
  }
  return bytes
}

/** An entry with the canonical bytes of what its signatures cover, which checking it has made already. */
export interface ReadEntry {
  readonly entry: Entry
  readonly statement: Uint8Array
  /** null where they are sealed. */
  readonly params: Uint8Array | null
}

/**
 * Reads the bytes of an entry. They must be those that {@link entryBytes} makes of it, so whatever a lenient parser would
 * forgive (equal keys, other spellings) shows there; a review reads a million of them.
 * @throws LibralError `log.broken` when they are no entry of a known format in canonical form
 */
export const readEntry = (bytes: Uint8Array): ReadEntry => {
  try {
    if (bytes.byteLength <= maxEntryBytes) {
      const quick = readAtSight(bytes)
      if (quick !== null) return quick
      const { command, ...rest } = entrySchema.parse(parseToCompare(bytes))
      const statement = canonicalText(command.statement)
      const params = 'params' in command ? canonicalText(command.params as Json) : ''
      const sealed = 'sealed' in command ? { sealed: canonicalText(command.sealed) } : {}
      // Of a sealed one neither salt nor parameters are looked at.
      const made = entryBytesFrom({ command: command as SignedCommand, statement, params, ...sealed }, rest)
      if (Buffer.compare(made, bytes) === 0) {
        const entry = { command, ...rest }
        return { entry, statement: utf8(statement), params: 'params' in command ? utf8(params) : null }
      }
    }
  } catch (cause) {
    throw new LibralError('log.broken', {}, { cause })
  }
  throw new LibralError('log.broken')
}

/**
 * Bytes that are canonical at sight hold the canonical bytes of their parts, so nothing is written anew.
 * @returns null where that does not show at sight
 */
const readAtSight = (bytes: Uint8Array): ReadEntry | null => {
  const parts = canonicalMembers(bytes, 'command')
  const [statement, params] = [parts?.get('statement'), parts?.get('params')]
  if (statement === undefined) return null
  const entry = entryOfJsonSchema.parse(parseCanonical(bytes))
  return {
    entry,
    statement: bytes.subarray(...statement),
    params: params === undefined ? null : bytes.subarray(...params),
  }
}

/** As {@link readEntry}, for who needs the entry alone. */
export const parseEntry = (bytes: Uint8Array): Entry => readEntry(bytes).entry
