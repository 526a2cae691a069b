import { certificateRevoked } from '#protocol/certificates.ts'
import { logKeyReplaced, logRestored } from '#protocol/log.ts'
import { policyPublished } from '#protocol/policy.ts'
import { keyEvents } from '../review/key-events.ts'

/** Entries that others are judged by are found without reading them: by the types of their events. */

export interface PlacedEntry {
  readonly index: number
  readonly bytes: Uint8Array
}

/** From before a range: whatever certifies and ends keys, and the policies that its entries name. */
export const speakingBefore: ReadonlySet<string> = new Set([...keyEvents, policyPublished.type])
/** What a verification has to know before it judges the first entry: the log's own keys and names, and what is in doubt. */
export const speakingFirst: ReadonlySet<string> = new Set([
  ...[...keyEvents].filter((type) => type.startsWith('log.')),
  certificateRevoked.type,
])
/** From behind a range: the keys and names under which the log's head is signed, and what puts older signatures in doubt. */
export const speakingBehind: ReadonlySet<string> = new Set([
  logKeyReplaced.type,
  logRestored.type,
  certificateRevoked.type,
])

/** Entries that hold an event of these types, and perhaps some that only look like it. */
export const speakingOf = (
  types: ReadonlySet<string>,
  from: number,
  entries: readonly Uint8Array[],
): readonly PlacedEntry[] => entries.flatMap((bytes, at) => (speaks(types, bytes) ? [{ index: from + at, bytes }] : []))

/** In canonical form an event's type stands so, and quotes within texts are escaped. */
const typeMark = Buffer.from('"type":"')
const longestType = 64

const speaks = (types: ReadonlySet<string>, bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = text.indexOf(typeMark); at >= 0; at = text.indexOf(typeMark, at)) {
    at += typeMark.byteLength
    const end = text.indexOf(0x22, at)
    if (end > at && end - at <= longestType && types.has(text.toString('latin1', at, end))) return true
  }
  return false
}
