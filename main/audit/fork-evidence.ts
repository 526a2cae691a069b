import { type ForkEvidence, forkEvidenceSchema } from '#protocol/audit.ts'
import { LibralError } from '#protocol/errors.ts'

/** One file with what a desktop kept of a history that denied what it had seen, for another machine to compare. */

export const formatForkEvidence = (evidence: ForkEvidence): string => `${JSON.stringify(evidence, null, 2)}\n`

/** @returns null for another kind of file, a checkpoint above all @throws LibralError `log.note-malformed` */
export const parseForkEvidence = (bytes: Uint8Array): ForkEvidence | null => {
  if (bytes[0] !== 0x7b) return null
  try {
    return forkEvidenceSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new LibralError('log.note-malformed', { reason: 'evidence' }, { cause })
  }
}
