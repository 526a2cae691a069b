import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import {
  bundleFindingSchema,
  bundleProgressSchema,
  bundleVerdictSchema,
  entryStandings,
  trustedKeySchema,
} from './bundle.ts'
import { risks } from './command.ts'
import { failureSchema } from './errors.ts'
import { exportProgressSchema } from './exports.ts'
import { commandNameSchema, instantSchema } from './ids.ts'
import { handOverCountsSchema, keyFileHeadSchema } from './sealed-hand-over.ts'

/**
 * 監査 without a backend: one bundle (監査バンドル) that a person opened on this machine, what was verified of it and
 * under which trusted keys, and ways through its entries. Nothing of it needs a network.
 */

const entryStandingSchema = z.enum(entryStandings)

export const entryOutcomes = ['done', 'refused', 'failed', 'ended'] as const
export const entryOutcomeSchema = z.enum(entryOutcomes)

/** What was counted over all entries of the bundle; nothing here is taken from its maker's word. */
export const reviewSummarySchema = z.strictObject({
  entries: z.int(),
  standings: z.record(entryStandingSchema, z.int()),
  /** Times of the first and the last entry. */
  firstAt: instantSchema.nullable(),
  lastAt: instantSchema.nullable(),
  bytes: z.int(),
  /** Commands carried out without any proposal though the policy asked for approvals, for certain: how many, the first of them. */
  unapproved: z.strictObject({ count: z.int(), first: z.array(z.int()).max(100) }),
  /** When the verification ended, this machine's clock, and how long it took. */
  at: instantSchema,
  tookMs: z.int(),
})
export type ReviewSummary = z.infer<typeof reviewSummarySchema>

/** `indexing` follows the verification: full text is written in the same pass, so it is short. */
export const reviewStateSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('none') }),
  z.strictObject({ phase: z.literal('opening'), file: z.string(), progress: bundleProgressSchema.nullable() }),
  z.strictObject({
    phase: z.literal('open'),
    file: z.string(),
    verdict: bundleVerdictSchema,
    summary: reviewSummarySchema,
  }),
  z.strictObject({ phase: z.literal('failed'), file: z.string(), failure: failureSchema }),
])
export type ReviewState = z.infer<typeof reviewStateSchema>

/** Entries that a report lists at most; the rest is for the CSV, and the report says so. */
export const reportRows = 2_000

export const entryObjectSchema = z.strictObject({ kind: z.string().max(32), value: z.string().min(1).max(128) })

export const reviewFilterSchema = z.strictObject({
  text: z.string().max(200),
  /** Half-open [from, to), milliseconds. */
  from: instantSchema.nullable(),
  to: instantSchema.nullable(),
  actors: z.array(z.string().max(64)).max(64),
  commands: z.array(commandNameSchema).max(64),
  risks: z.array(z.enum(risks)).max(3),
  outcomes: z.array(entryOutcomeSchema).max(4),
  standings: z.array(entryStandingSchema).max(4),
  /** Only entries that name this. */
  object: entryObjectSchema.nullable(),
  /** Only entries with a note. */
  noted: z.boolean(),
})
export type ReviewFilter = z.infer<typeof reviewFilterSchema>

export const reviewRowSchema = z.strictObject({
  index: z.int(),
  at: instantSchema,
  actor: z.string(),
  command: z.string(),
  /** null: a command that this build does not know. */
  risk: z.enum(risks).nullable(),
  outcome: entryOutcomeSchema,
  standing: entryStandingSchema,
  excerpt: z.string(),
  noted: z.boolean(),
})
export type ReviewRow = z.infer<typeof reviewRowSchema>

export const reviewQuerySchema = z.strictObject({
  filter: reviewFilterSchema,
  descending: z.boolean(),
  /** Index of the last row of the page before, or of the one before which a walk begins; null: from the end. */
  after: z.int().nullable(),
  limit: z.int().min(1).max(reportRows),
})
export type ReviewQuery = z.infer<typeof reviewQuerySchema>

const facetSchema = z.strictObject({ value: z.string(), entries: z.int() })

export const signatureViewSchema = z.strictObject({
  kind: z.enum(['session', 'service', 'log', 'openpgp']),
  key: z.string(),
  valid: z.boolean(),
  /** Whether what it rests on is trusted here. */
  trusted: z.boolean(),
  /** Why it does not hold. */
  reason: z.string().nullable(),
  /** User ids, where it is a certificate's. */
  names: z.array(z.string()),
})

const approvalSteps = [
  'propose',
  'approve',
  'reject',
  'withdraw',
  'break-glass',
  'review',
  'expire',
  'fail',
  'decide',
] as const

/** One step of a proposal. `key`: by which it was signed, and whether that signature is right; null where nobody signs. */
export const approvalStepSchema = z.strictObject({
  purpose: z.enum(approvalSteps),
  operator: z.string(),
  key: z.string().nullable(),
  valid: z.boolean(),
  trusted: z.boolean(),
  at: instantSchema,
  index: z.int(),
  reason: z.string().nullable(),
})
export type ApprovalStep = z.infer<typeof approvalStepSchema>

/** What of a proposal does not hold: trust/approvals/verify-trail.ts says what each means. */
export const approvalFaults = [
  'no-proposal',
  'signature',
  'target',
  'other-command',
  'own-vote',
  'counted-twice',
  'no-vote',
  'too-few',
  'after-expiry',
  'ended-twice',
  'not-approver',
  'other-rule',
  'other-policy',
  'none-asked',
] as const

/**
 * What of a proposal was held against the entries before it, and what could not be: trust/approvals/compare.ts says what
 * each means. Only `agrees` is verified.
 */
export const approvalComparisonSchema = z.strictObject({
  what: z.enum(['roles', 'rule', 'emergency', 'policy', 'needed']),
  index: z.int(),
  operator: z.string().nullable(),
  result: z.enum(['agrees', 'differs', 'out-of-range', 'not-evaluated']),
  rules: z.array(z.string()),
})
export type ApprovalComparison = z.infer<typeof approvalComparisonSchema>

export const entryViewSchema = z.strictObject({
  row: reviewRowSchema,
  /** The bytes that were hashed, as text. */
  json: z.string(),
  bytes: z.int(),
  /** SHA-256 of the leaf, hexadecimal. */
  leaf: z.string(),
  findings: z.array(bundleFindingSchema),
  signatures: z.array(signatureViewSchema),
  objects: z.array(entryObjectSchema),
  policy: z.strictObject({ hash: z.string(), known: z.boolean(), since: z.int().nullable() }),
  /** RFC 6962 inclusion proof to the bundle's checkpoint, base64; null where the bundle holds none for it. */
  proof: z.strictObject({ size: z.int(), root: z.string(), path: z.array(z.string()) }).nullable(),
  /** Whose personal data its parameters are, while they are sealed. */
  sealed: z.strictObject({ class: z.string(), subject: z.string() }).nullable(),
  /** Who approved what, as the entries alone prove it; null: it has nothing to do with a proposal. */
  approvals: z
    .strictObject({
      steps: z.array(approvalStepSchema),
      faults: z.array(z.enum(approvalFaults)),
      comparisons: z.array(approvalComparisonSchema),
    })
    .nullable(),
  note: z.strictObject({ text: z.string(), at: instantSchema, stale: z.boolean() }).nullable(),
})
export type EntryView = z.infer<typeof entryViewSchema>

export const noteSchema = z.strictObject({
  index: z.int().min(0),
  text: z.string().min(1).max(4_000),
  at: instantSchema,
  /** Of the entry when the note was written: another one at its place shows. */
  leaf: z.string(),
})
export type Note = z.infer<typeof noteSchema>

/** One policy set that was in force in the log. `source`: its text, canonical; null where the bundle lacks it. */
export const policyVersionSchema = z.strictObject({
  hash: z.string(),
  /** First entry that was judged under it, and when. */
  from: z.int(),
  at: instantSchema,
  entries: z.int(),
  source: z.string().nullable(),
  publishedBy: z.string().nullable(),
})
export type PolicyVersion = z.infer<typeof policyVersionSchema>

/** How a sample is drawn: docs/decisions/0071. `seed`: what the auditor writes down to draw it again. */
export const sampleSchema = z.strictObject({
  seed: z.string().min(1).max(64),
  size: z.int().min(1).max(500),
  filter: reviewFilterSchema,
})
export type SampleOrder = z.infer<typeof sampleSchema>

/** `mark`: a byte order mark, so that Excel reads the file as UTF-8. */
export const csvWishSchema = z.strictObject({
  filter: reviewFilterSchema,
  descending: z.boolean(),
  mark: z.boolean(),
})
export type CsvWish = z.infer<typeof csvWishSchema>

/** Entries [from, to) of the bundle that is open, for a certificate (監査証明書) of their own. */
export const certificateWishSchema = z.strictObject({ from: z.int().min(0), to: z.int().min(1) })
export type CertificateWish = z.infer<typeof certificateWishSchema>

export const reportWishSchema = z.strictObject({
  title: z.string().min(1).max(120),
  auditor: z.string().max(120),
  remarks: z.string().max(4_000),
  /** What is reported on in the list; the verdict is always about the whole bundle. */
  filter: reviewFilterSchema,
  sample: sampleSchema.nullable(),
})
export type ReportWish = z.infer<typeof reportWishSchema>

/** All that a report is drawn from. */
export const reportDataSchema = z.strictObject({
  wish: reportWishSchema,
  file: z.string(),
  verdict: bundleVerdictSchema,
  summary: reviewSummarySchema,
  trusted: z.array(trustedKeySchema),
  /** Entries that pass the filter: how many, and the first of them by index. */
  matching: z.int(),
  rows: z.array(reviewRowSchema),
  notes: z.array(noteSchema),
  sample: z.strictObject({ population: z.int(), rows: z.array(reviewRowSchema) }).nullable(),
  policies: z.array(policyVersionSchema),
  /** Of the program that counted. */
  version: z.string(),
  at: instantSchema,
})
export type ReportData = z.infer<typeof reportDataSchema>

/** The key file (鍵ファイル) that this review has open; what it holds is in the vault's process alone. */
export const keyFileViewSchema = z.strictObject({
  file: z.string(),
  head: keyFileHeadSchema.omit({ v: true, kind: true, deployment: true }),
  counts: handOverCountsSchema,
  /** `unknown`: the bundle does not hold the custodian's certificate, so the signature proves nothing here. */
  signature: z.enum(['valid', 'unknown']),
  /** The entry that recorded the hand-over, which says the same; null: it is not in this range, and can't be checked. */
  record: z.strictObject({ index: z.int(), standing: entryStandingSchema }).nullable(),
})
export type KeyFileView = z.infer<typeof keyFileViewSchema>
export const keyFileStateSchema = z.strictObject({ open: keyFileViewSchema.nullable() })
export type KeyFileState = z.infer<typeof keyFileStateSchema>

const nothing = z.strictObject({})
const at = z.strictObject({ index: z.int().min(0) })

export const reviewContract = {
  /** The present state at once, then each later one. */
  watch: oc.input(nothing).output(eventIterator(reviewStateSchema)),
  /** Asks for a bundle and opens it in place of the one that is open. Answers once it is being read. */
  open: oc.input(nothing).output(nothing),
  /** Gives up opening, or closes what is open; its index is removed. */
  close: oc.input(nothing).output(nothing),
  trusted: oc.input(nothing).output(z.array(trustedKeySchema)),
  /** By a fingerprint that a person compared, or read from a file that main asks for. */
  /** @throws `bundle.no-key` */
  trust: oc.input(z.strictObject({ key: z.string().max(700), label: z.string().max(200) })).output(nothing),
  trustFile: oc.input(nothing).output(z.strictObject({ added: z.int() })),
  distrust: oc.input(trustedKeySchema.pick({ kind: true, key: true })).output(nothing),
  facets: oc.input(nothing).output(z.strictObject({ actors: z.array(facetSchema), commands: z.array(facetSchema) })),
  query: oc
    .input(reviewQuerySchema)
    .output(z.strictObject({ rows: z.array(reviewRowSchema), next: z.int().nullable() })),
  count: oc.input(reviewFilterSchema).output(z.strictObject({ count: z.int(), capped: z.boolean() })),
  entry: oc.input(at).output(entryViewSchema),
  policies: oc.input(nothing).output(z.array(policyVersionSchema)),
  notes: oc.input(nothing).output(z.array(noteSchema)),
  /** An empty text removes it. */
  note: oc.input(z.strictObject({ index: z.int().min(0), text: z.string().max(4_000) })).output(nothing),
  /** Draws a sample; the same seed over the same bundle and filter draws the same entries. */
  sample: oc.input(sampleSchema).output(z.strictObject({ population: z.int(), rows: z.array(reviewRowSchema) })),
  /** The present state at once, then each later one. */
  watchKeys: oc.input(nothing).output(eventIterator(keyFileStateSchema)),
  /** Asks for a key file and opens it by the auditor's own key, until the review is closed or the vault locks. */
  openKeys: oc.input(nothing).output(nothing),
  closeKeys: oc.input(nothing).output(nothing),
  /**
   * Opens the sealed parameters of an entry and shows them in the vault's own window; resolves when it was closed.
   * `matches`: they are what the statement's digest covers.
   */
  openSealed: oc.input(at).output(z.strictObject({ matches: z.boolean() })),
  /** CSV of a filter; ending the iterator cancels and leaves no file. */
  csv: oc.input(csvWishSchema).output(eventIterator(exportProgressSchema)),
  /**
   * Writes a certificate of entries of the bundle that is open to a file that main asks for, never encrypted; ending the
   * iterator cancels and leaves no file. @throws `bundle.failed`, `log.out-of-range`, `bundle.changed`
   */
  certify: oc.input(certificateWishSchema).output(eventIterator(exportProgressSchema)),
  report: oc.input(reportWishSchema).output(eventIterator(exportProgressSchema)),
}
