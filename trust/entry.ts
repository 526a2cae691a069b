import type { Json } from '#protocol/command.ts'
import { type Entry, entrySchema, maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { canonicalBytes } from './canonical.ts'
import { parseStrict } from './strict-json.ts'

/**
 * The bytes that are stored and hashed, once and for all.
 * @throws LibralError `command.too-large` beyond 32 KiB
 */
export const entryBytes = (entry: Entry): Uint8Array => {
  const bytes = canonicalBytes(entry as unknown as Json)
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
