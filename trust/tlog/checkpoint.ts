import { LibralError } from '#protocol/errors.ts'
import { equalBytes } from '../bytes.ts'
import { verifyConsistency } from '../merkle.ts'
import { fromBase64, type Note, type NoteKey, type OpenedNote, openNote, parseNote } from './note.ts'

/** A log's tree head as the text of a signed note (c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Which log: the deployment's context, `libral:UUID`. */
  readonly origin: string
  readonly size: number
  /** 32 bytes */
  readonly root: Uint8Array
  /** Lines that say nothing about the tree. We write none. */
  readonly extensions: readonly string[]
}

export interface OpenedCheckpoint extends Checkpoint {
  readonly note: OpenedNote
}

export const formatCheckpoint = ({ origin, size, root, extensions }: Checkpoint): string =>
  [origin, size, Buffer.from(root).toString('base64'), ...extensions].map((line) => `${line}\n`).join('')

/**
 * Reads the text of a note.
 * @throws LibralError `log.note-malformed`
 */
export const parseCheckpoint = ({ text }: Note): Checkpoint => {
  const [origin = '', decimal = '', encoded = '', ...extensions] = text.slice(0, -1).split('\n')
  const root = fromBase64(encoded)
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(decimal) ? Number(decimal) : Number.NaN
  const whole = origin !== '' && Number.isSafeInteger(size) && root?.byteLength === 32 && !extensions.includes('')
  if (!whole || root === null) throw new LibralError('log.note-malformed', { reason: 'checkpoint' })
  return { origin, size, root, extensions }
}

/**
 * A checkpoint that its log signed.
 * @param log the log's key, under the name of its origin
 * @param witnesses keys whose cosignatures are to be checked too
 * @throws LibralError `log.note-malformed`, `log.note-forged`, `log.other-log`, `log.unsigned`
 */
export const openCheckpoint = (
  bytes: Uint8Array,
  log: NoteKey,
  witnesses: readonly NoteKey[] = [],
): OpenedCheckpoint => {
  const checkpoint = parseCheckpoint(parseNote(bytes))
  if (checkpoint.origin !== log.name) throw new LibralError('log.other-log', { origin: checkpoint.origin })
  const note = openNote(bytes, [log, ...witnesses])
  if (!note.verified.some(({ key }) => key === log)) throw new LibralError('log.unsigned', { origin: log.name })
  return { ...checkpoint, note }
}

/** same: nothing new; extends; rewritten: the history seen before is not part of this one; shorter: proves nothing. */
export type Continuation = 'same' | 'extends' | 'rewritten' | 'shorter'

/**
 * How a checkpoint stands to one seen before of the same log.
 * @param proof RFC 6962 consistency proof from the size seen to the new one
 */
export const continuation = (seen: Checkpoint, next: Checkpoint, proof: readonly Uint8Array[]): Continuation => {
  if (next.size < seen.size) return 'shorter'
  if (next.size === seen.size) return equalBytes(next.root, seen.root) ? 'same' : 'rewritten'
  return verifyConsistency(seen.size, next.size, proof, seen.root, next.root) ? 'extends' : 'rewritten'
}
