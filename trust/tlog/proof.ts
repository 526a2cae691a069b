import { LibralError } from '#protocol/errors.ts'
import { leafHash, verifyInclusion } from '../merkle.ts'
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts'
import { fromBase64, type NoteKey } from './note.ts'

/** An entry's place in a log, provable with no network (c2sp.org/tlog-proof): what a certificate of an entry holds. */
export interface LogProof {
  readonly index: number
  /** RFC 6962 audit path, the leaf's sibling first. */
  readonly path: readonly Uint8Array[]
  /** The checkpoint's note as it came. */
  readonly checkpoint: string
  /** Whatever else goes with it; proves nothing. */
  readonly extra: Uint8Array | null
}

const header = 'c2sp.org/tlog-proof@v1'
const mostHashes = 64
const malformed = (reason: string): LibralError => new LibralError('log.proof-malformed', { reason })
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const formatProof = ({ index, path, checkpoint, extra }: LogProof): string => {
  const lines = [header, ...(extra === null ? [] : [`extra ${base64(extra)}`]), `index ${index}`, ...path.map(base64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** @throws LibralError `log.proof-malformed` */
export const parseProof = (text: string): LogProof => {
  const split = text.indexOf('\n\n')
  const [first, ...lines] = text.slice(0, Math.max(0, split)).split('\n')
  if (first !== header) throw malformed('header')
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift() : undefined
  const extra = extraLine === undefined ? null : fromBase64(extraLine.slice('extra '.length))
  if (extraLine !== undefined && extra === null) throw malformed('extra')
  const decimal = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1]
  const index = Number(decimal)
  if (decimal === undefined || !Number.isSafeInteger(index)) throw malformed('index')
  if (lines.length > mostHashes) throw malformed('path')
  return { index, path: lines.map(hashIn), checkpoint: text.slice(split + 2), extra }
}

const hashIn = (line: string): Uint8Array => {
  const hash = fromBase64(line)
  if (hash?.byteLength !== 32) throw malformed('path')
  return hash
}

/**
 * That the entry stands at that place of a log whose checkpoint the log signed.
 * @throws LibralError `log.not-included`, and as {@link openCheckpoint}
 */
export const verifyProof = (
  { index, path, checkpoint }: LogProof,
  entry: Uint8Array,
  log: NoteKey,
  witnesses: readonly NoteKey[] = [],
): OpenedCheckpoint => {
  const opened = openCheckpoint(new TextEncoder().encode(checkpoint), log, witnesses)
  if (!verifyInclusion(leafHash(entry), index, opened.size, path, opened.root))
    throw new LibralError('log.not-included', { index, size: opened.size })
  return opened
}
