import type { Json, SignedCommand } from '#protocol/command.ts'
import { type Entry, entrySchema, maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { utf8 } from './bytes.ts'
import { canonicalBytes, canonicalText } from './canonical.ts'
import { parseStrict } from './strict-json.ts'

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

/** @throws LibralError `log.broken` when the bytes are no entry of a known format in canonical form */
export const parseEntry = (bytes: Uint8Array): Entry => {
  try {
    const entry = entrySchema.parse(parseStrict(bytes, maxEntryBytes))
    if (Buffer.compare(entryBytes(entry), bytes) === 0) return entry
  } catch (cause) {
    throw new LibralError('log.broken', {}, { cause })
  }
  throw new LibralError('log.broken')
}
