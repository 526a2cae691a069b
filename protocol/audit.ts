import { oc } from '@orpc/contract'
import { z } from 'zod'
import { instantSchema } from './ids.ts'

/** 監査: what this desktop knows of the log by itself, and how it stands to what others saw. */

/** A restored backup, as it explains itself: another log, which goes on from a part of the one that was known. */
export const restoredLogSchema = z.strictObject({
  /** Ids of the log that was known, and of the one that is shown. */
  previous: z.string(),
  deployment: z.string(),
  /** Entries that came over from the log that was known. */
  size: z.int(),
  /** Entries that this desktop saw of it; null: it kept none. */
  seen: z.int().nullable(),
  /** How many of those are not in the restored log; null: not known. */
  lost: z.int().nullable(),
  /** Who explains, why, and when it was restored. */
  operator: z.string(),
  reason: z.string(),
  at: instantSchema,
  /** nobody: the log's key alone. unknown: by no key that this desktop knows as that administrator's. */
  signedBy: z.enum(['administrator', 'nobody', 'unknown']),
})
export type RestoredLog = z.infer<typeof restoredLogSchema>

/** What this desktop saw of the log of its deployment, and whether the backend's still agrees. */
export const logStateSchema = z.strictObject({
  seen: z
    .strictObject({
      size: z.int(),
      /** Root hash, base64. */
      root: z.string(),
      /** When it was found to hold last, this machine's clock. */
      at: instantSchema,
    })
    .nullable(),
  /** The public key under which this desktop signs what it saw, in the form of c2sp.org/signed-note. */
  witness: z.string(),
  /** Folder with the evidence of a history that does not extend what was seen; null: none stands. */
  evidence: z.string().nullable(),
  /** Waits for a person to accept its explanation; null: none does. */
  restored: restoredLogSchema.nullable(),
})
export type LogState = z.infer<typeof logStateSchema>

/**
 * How another machine's checkpoint stands to the log as the backend shows it now. same: the very head; before: the log
 * extends it; ahead: it has entries that the backend does not show; other: the histories differ.
 */
export const comparisons = ['same', 'before', 'ahead', 'other'] as const
export const comparisonSchema = z.strictObject({
  result: z.enum(comparisons),
  /** Entries in the file's checkpoint, and in the log now. */
  theirs: z.int(),
  ours: z.int(),
  /** Who signed the file's checkpoint beside the log, by the names that stand there: not verified. */
  witnesses: z.array(z.string()),
  /**
   * Of evidence of a fork, how the history that was shown there stands to the log, beside the one that had been seen, which
   * the rest is about; null: a checkpoint alone.
   */
  shown: z.strictObject({ result: z.enum(comparisons), size: z.int() }).nullable(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** What a desktop kept of a history that denied what it had seen: both sides, each signed by the log's own key. */
export const forkEvidenceSchema = z.strictObject({
  format: z.literal('libral-fork-evidence'),
  v: z.literal(1),
  /** When it was refused. */
  at: instantSchema,
  /** Key of the desktop that kept it, in the form of c2sp.org/signed-note. */
  witness: z.string().max(400),
  /** The newest checkpoint that had been seen, what was shown instead, and the proof that did not hold, as they came. */
  seen: z.string().max(65_536),
  shown: z.string().max(65_536),
  proof: z.string().max(65_536),
})
export type ForkEvidence = z.infer<typeof forkEvidenceSchema>

/** A published head of the log, and who signed that they saw it. */
export const cosignedSchema = z.strictObject({
  size: z.int().min(0),
  at: instantSchema,
  /** The log's signature and all cosignatures. */
  note: z.string().max(32_768),
  witnesses: z
    .array(
      z.strictObject({
        /** The witness's public key in the form of c2sp.org/signed-note. */
        key: z.string(),
        /** Who handed it over, as the backend says. */
        operator: z.string(),
        at: instantSchema,
      }),
    )
    .max(64),
})
export type Cosigned = z.infer<typeof cosignedSchema>

const nothing = z.strictObject({})

export const auditContract = {
  /** Writes the newest checkpoint, signed by the log and by this desktop, to a file that main asks for. */
  exportCheckpoint: oc.input(nothing).output(z.strictObject({ file: z.string() })),
  /** Writes the evidence of the refusal that stands to one file that main asks for. Fails with `log.no-evidence`. */
  exportEvidence: oc.input(nothing).output(z.strictObject({ file: z.string() })),
  /** Compares a checkpoint, or evidence of a fork, that main asks for with the log as it is now. Fails with `log.*` where the file proves nothing. */
  compareCheckpoint: oc.input(nothing).output(comparisonSchema),
  /** Looks at the log now, and hands this desktop's signature over: what happens each minute by itself. */
  checkNow: oc.input(nothing).output(nothing),
  /** The newest published heads with who signed them, the newest first. */
  witnesses: oc.input(nothing).output(z.array(cosignedSchema)),
  /** A person settled why the history changed: the desktop keeps the evidence and takes what it is shown next as first. */
  acceptHistory: oc.input(z.strictObject({ reason: z.string().trim().min(1).max(400) })).output(nothing),
}

/** What a review of a log can find wrong, each with the index where it stands. */
export const findingCodes = [
  /** No entry stands there. */
  'missing',
  /** The bytes are no entry of a known format in canonical form. */
  'malformed',
  /** The entry says that it belongs elsewhere: moved, swapped or added. */
  'misplaced',
  /** The bytes are not those that were hashed when the entry was written. */
  'edited',
  /** A command's id that stands in the log before. */
  'repeated',
  /** A statement for another deployment. */
  'foreign',
  /** The parameters are not those that were signed. */
  'params-altered',
  /** Signed with a key that nothing before it certifies. */
  'key-unknown',
  /** The key was not certified for this command, or no longer. */
  'key-not-allowed',
  'signature-invalid',
  /** It says that a backup was restored, and is not what the log's key signed, or names another history. */
  'restoration-invalid',
  /** Leaves and head of the log do not belong together. */
  'root-differs',
  /** A checkpoint seen elsewhere denies this history. */
  'seen-differs',
  /** A checkpoint seen elsewhere has entries that are missing here. */
  'seen-ahead',
] as const
export const findingSchema = z.strictObject({ index: z.int(), code: z.enum(findingCodes) })
export type Finding = z.infer<typeof findingSchema>
