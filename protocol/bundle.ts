import { z } from 'zod'
import { findingCodes } from './audit.ts'
import { failureSchema } from './errors.ts'
import { bytes32Schema, deploymentIdSchema, fingerprintSchema, instantSchema } from './ids.ts'

/** 監査バンドル: a range of a log with everything that proves it, in one file (docs/bundle.md). */

/** A certificate (監査証明書) is a bundle that somebody is handed as a proof of its entries alone. */
export const bundleKinds = ['bundle', 'certificate'] as const
export type BundleKind = (typeof bundleKinds)[number]

const count = z.int().min(0)

/** What somebody wants a bundle of: entries [from, to), `to` null for all that there are. */
export const bundleOrderSchema = z.strictObject({
  kind: z.enum(bundleKinds),
  from: count,
  to: z.int().min(1).nullable(),
})
export type BundleOrderWish = z.infer<typeof bundleOrderSchema>
export const bundleSizeSchema = z.strictObject({ from: count, to: z.int().min(1), bytes: count })

/** Of one bundle. What stands here is its maker's word: nothing of it is proof. */
export const manifestSchema = z.strictObject({
  v: z.literal(1),
  kind: z.enum(bundleKinds),
  origin: deploymentIdSchema,
  /** Entries [from, to). */
  from: count,
  to: z.int().min(1),
  /** Hashes of the complete subtrees before `from`, largest first: one for each bit of `from`. */
  frontier: z.array(bytes32Schema).max(53),
  checkpoints: z.int().min(1).max(256),
  /** Entries before `from` that name keys and policies, each with its own proof. */
  context: count.max(1_000_000),
  evidence: count.max(1_000_000),
  /** Bytes of the entries [from, to). */
  entryBytes: count,
  /** Keys of witnesses in the form of c2sp.org/signed-note, so that their cosignatures can be looked at. */
  witnesses: z.array(z.string().max(400)).max(64),
  /** When, and by whom where a person was signed in. */
  at: instantSchema,
  by: z.string().max(80).nullable(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** What a verification does, in this order. */
export const bundleSteps = ['container', 'tree', 'checkpoints', 'entries', 'signatures', 'evidence'] as const
export type BundleStep = (typeof bundleSteps)[number]

export const bundleProgressSchema = z.strictObject({
  /** The step that the work is in; later ones have not begun. */
  step: z.enum(bundleSteps),
  /** Entries. The bundle is read twice: for its hashes, and for what the entries say. */
  done: count,
  all: count,
})
export type BundleProgress = z.infer<typeof bundleProgressSchema>

/** What can be wrong with an entry, a checkpoint (index of its last entry) or a piece of evidence (index of its entry). */
export const bundleFindingCodes = [
  ...findingCodes,
  /** An entry from before the range whose proof does not hold. */
  'not-included',
  /** The entries do not make the tree that a checkpoint says. */
  'checkpoint-differs',
  /** A checkpoint that the log's key did not sign, or of another log. */
  'checkpoint-unsigned',
  /** A signature under a checkpoint that is wrong for its key. */
  'checkpoint-forged',
  /** The log's keys are none of those that a person entered here for it: another log under its name. */
  'other-log-key',
  /** No entry names it by its digest. */
  'evidence-unnamed',
] as const
export const bundleFindingSchema = z.strictObject({ index: z.int(), code: z.enum(bundleFindingCodes) })
export type BundleFinding = z.infer<typeof bundleFindingSchema>

/** trusted: a person entered this key on this machine; unconfirmed: 未確認の鍵, known from the bundle alone. */
export const standings = ['trusted', 'unconfirmed'] as const
export const standingSchema = z.enum(standings)
export type Standing = (typeof standings)[number]

/** A key on which something in the bundle rests. */
export const bundleKeySchema = z.strictObject({
  kind: z.enum(['log', 'witness', 'certificate']),
  /** As a person enters it: a key of c2sp.org/signed-note, or a fingerprint in lower-case hexadecimal. */
  key: z.string(),
  /** Whose it says it is: the deployment, the witness or the operator. */
  name: z.string(),
  standing: standingSchema,
  /** Signatures that were found right under it, or under keys for which it vouches. */
  signatures: count,
})
export type BundleKey = z.infer<typeof bundleKeySchema>

export const checkpointVerdictSchema = z.strictObject({
  size: count,
  /** Base64url. */
  root: bytes32Schema,
  /** Whether the log's key signed it and the entries agree. */
  agrees: z.boolean(),
  /** Those whose signatures were checked; `at` is when they saw it, ms. Lines by other keys count for nothing. */
  witnesses: z.array(z.strictObject({ name: z.string(), standing: standingSchema, at: instantSchema.nullable() })),
})

/**
 * What cannot be known from the bundle alone. tail: nobody else's cosignature says that the log ended there; keys: the
 * range begins later than the log, so that its maker chose which earlier entries about keys are in it; sealed: parameters
 * that only a custodian can hold against what was signed.
 */
export const bundleLimits = ['tail', 'keys', 'sealed'] as const

/**
 * verified: nothing is wrong, and everything rests on keys that a person entered here; unconfirmed: nothing is wrong, but
 * some of it rests on keys known from the bundle alone, or on one that was compromised; failed.
 */
export const bundleOutcomes = ['verified', 'unconfirmed', 'failed'] as const

export const bundleVerdictSchema = z.strictObject({
  outcome: z.enum(bundleOutcomes),
  /** null where not even this could be read. */
  manifest: manifestSchema.nullable(),
  /** Why the file itself ends the work: cut, damaged or malformed. */
  failure: failureSchema.nullable(),
  /** The last link of the file's own chain of digests, base64url: names this very file. */
  digest: bytes32Schema.nullable(),
  steps: z.array(
    z.strictObject({
      step: z.enum(bundleSteps),
      state: z.enum(['passed', 'failed', 'skipped']),
      done: count,
      all: count,
    }),
  ),
  /** Of the entries of the range: right under trusted keys, right under unconfirmed ones, and all. */
  signatures: z.strictObject({ verified: count, unconfirmed: count, all: count }),
  checkpoints: z.array(checkpointVerdictSchema),
  /** Checkpoints kept elsewhere that were brought along: how many agree, of how many that could be compared. */
  seen: z.strictObject({ given: count, compared: count, agreeing: count }),
  keys: z.array(bundleKeySchema),
  /** Entries that rest on a certificate which was revoked as compromised, in the range or later: 要確認. */
  doubts: z.array(
    z.strictObject({
      fingerprint: fingerprintSchema,
      operator: z.string(),
      /** Index of the revocation. */
      revoked: count,
      entries: count,
      first: count,
      last: count,
    }),
  ),
  /** Restored backups, in their order: explained breaks, by whom and why. From `index` on the log has its new name. */
  breaks: z.array(
    z.strictObject({
      index: count,
      previous: z.string(),
      origin: z.string(),
      operator: z.string(),
      reason: z.string(),
    }),
  ),
  /** The first hundred, by index. */
  findings: z.array(bundleFindingSchema),
  /** How many there are. */
  found: count,
  limits: z.array(z.enum(bundleLimits)),
})
export type BundleVerdict = z.infer<typeof bundleVerdictSchema>

/**
 * How one entry stands after the whole verification. verified needs all of it: right in itself, in the tree of a checkpoint
 * that a trusted log key signed, every signature right under keys that rest on trusted ones. unconfirmed: it holds, under a
 * key that only the bundle names (未確認の鍵). attention: it holds, but a certificate of it was revoked, also later, as
 * compromised (要確認). failed: something about it does not hold.
 */
export const entryStandings = ['verified', 'unconfirmed', 'attention', 'failed'] as const
export type EntryStanding = (typeof entryStandings)[number]

/** Keys that a person entered or imported on this machine. */
export const trustedKeySchema = z.strictObject({
  kind: z.enum(['log', 'witness', 'certificate']),
  /** As {@link bundleKeySchema}. */
  key: z.string().max(600),
  /** What the person calls it. */
  label: z.string().max(200),
  at: instantSchema,
})
export type TrustedKey = z.infer<typeof trustedKeySchema>
