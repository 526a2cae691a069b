import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import type { DescribedLine, DescribedValue, DescriptionWord } from './description.ts'
import { defineEvent } from './event.ts'
import {
  bytes32Schema,
  collectionNameSchema,
  commandIdSchema,
  fingerprintSchema,
  instantSchema,
  operatorIdSchema,
} from './ids.ts'
import {
  custodianSchema,
  dataKeyIdSchema,
  paperCustodian,
  type SealClass,
  sealClassSchema,
  subjectSchema,
} from './sealed-value.ts'

export const sealedLimits = {
  custodians: 8,
  /** How long after its record an opening hands out keys. */
  openingMs: 10 * 60 * 1000,
  /** Data keys of one page of a rewrap. */
  page: 64,
  /** Exact searches of one operator in a minute: enough to work with, too few to try out numbers. */
  searchesPerMinute: 30,
} as const

/** Days for which a class refuses erasure, counted from the last sealing. statutory: seven years of Japan's tax law. */
export const leastTermDays: Readonly<Record<SealClass, number>> = { personal: 0, statutory: 2557 }
export const mostTermDays = 36_525

/** A transferable public key (RFC 9580, 10.1) in base64url. */
const certificateSchema = z.base64url().max(8_192)
const reasonSchema = z.string().trim().min(1).max(200)
const rowKeySchema = z.string().min(1).max(128)

const custodianRowSchema = z.strictObject({
  custodian: custodianSchema,
  /** Of an operator's certificate in `session.certificates`. */
  fingerprint: fingerprintSchema,
  /** Of the recovery key, which no operator has registered. */
  certificate: certificateSchema.nullable(),
  since: instantSchema,
  /** A recovery key counts once its paper was read back. null: not yet; operators: since they were added. */
  provedAt: instantSchema.nullable(),
  /** Of a recovery key: SHA-256 of 32 bytes that were encrypted to it, and the message. */
  probe: z.strictObject({ digest: bytes32Schema, message: z.base64().max(4_096) }).nullable(),
})
export type CustodianRow = z.infer<typeof custodianRowSchema>

const classRowSchema = z.strictObject({
  class: sealClassSchema,
  termDays: z.int().min(0).max(mostTermDays),
  custodians: z.array(custodianRowSchema).max(sealedLimits.custodians),
  /** Rises with each change of the custodians: what was sealed for others is sealed anew. */
  generation: z.int().min(0),
})
export type ClassRow = z.infer<typeof classRowSchema>

const subjectRowSchema = z.strictObject({
  subject: subjectSchema,
  class: sealClassSchema,
  /** Of the values that are sealed now. */
  since: instantSchema.nullable(),
  sealings: z.int().min(0),
  /** Erasure is refused before. */
  keepUntil: instantSchema,
  erasedAt: instantSchema.nullable(),
})
export type SubjectRow = z.infer<typeof subjectRowSchema>

const openedFieldSchema = z.strictObject({
  collection: collectionNameSchema,
  row: rowKeySchema,
  field: z.string().min(1).max(40),
})
const openingRowSchema = z.strictObject({
  id: commandIdSchema,
  operator: operatorIdSchema,
  class: sealClassSchema,
  subject: subjectSchema,
  fields: z.array(openedFieldSchema).min(1).max(32),
  reason: reasonSchema,
  at: instantSchema,
})
export type OpeningRow = z.infer<typeof openingRowSchema>

const rewrapRowSchema = z.strictObject({
  id: commandIdSchema,
  class: sealClassSchema,
  custodian: custodianSchema,
  fingerprint: fingerprintSchema,
  by: operatorIdSchema,
  /** Whose wrapped keys are opened for it: those of `by`, or the recovery key's. */
  using: z.enum(['own', 'paper']),
  startedAt: instantSchema,
  endedAt: instantSchema.nullable(),
  outcome: z.enum(['done', 'cancelled']).nullable(),
  keys: z.int().min(0),
})
export type RewrapRow = z.infer<typeof rewrapRowSchema>

export const classes = defineCollection({
  name: 'sealed.classes',
  version: 1,
  schema: classRowSchema,
  key: (row) => row.class,
  indexes: [],
  read: 'sealed.read',
  retention: { rows: 100 },
})
export const subjects = defineCollection({
  name: 'sealed.subjects',
  version: 1,
  schema: subjectRowSchema,
  key: (row) => row.subject,
  indexes: [['since'], ['subject']],
  read: 'sealed.read',
  retention: { rows: 1_000_000 },
})
/** Who opened what and why: kept for auditors, and what the keys are handed out against. */
export const openings = defineCollection({
  name: 'sealed.openings',
  version: 1,
  schema: openingRowSchema,
  key: (row) => row.id,
  indexes: [['at']],
  read: 'sealed.read',
  retention: { rows: 100_000, by: 'at' },
})
export const rewraps = defineCollection({
  name: 'sealed.rewraps',
  version: 1,
  schema: rewrapRowSchema,
  key: (row) => row.id,
  indexes: [['startedAt']],
  read: 'sealed.read',
  retention: { rows: 10_000, by: 'startedAt' },
})

const classLine = (sealClass: SealClass): DescribedLine => ({
  label: 'class',
  values: [{ as: 'word', word: `class.${sealClass}` }],
})

const custodianValue = (custodian: z.output<typeof custodianSchema>): DescribedValue =>
  custodian === paperCustodian ? { as: 'word', word: 'custodian.paper' } : { as: 'operator', operator: custodian }

type OpenedField = z.output<typeof openedFieldSchema>
const fieldWords: ReadonlyMap<string, DescriptionWord> = new Map([
  ...(['name', 'phone', 'email'] as const).map((field) => [`session.contacts ${field}`, `contact.${field}`] as const),
  ...(['name', 'email'] as const).map((field) => [`payments.payers ${field}`, `contact.${field}`] as const),
  ['payments.payers account', 'payer.account'],
  ['payments.evidence key', 'evidence.key'],
])

/** Which fields of which row; each with its own place where they are of several. */
const openedLines = (fields: readonly OpenedField[]): readonly DescribedLine[] => {
  const [place, ...others] = new Set(fields.map(({ collection, row }) => `${collection}/${row}`))
  const values = fields.map(({ collection, row, field }): DescribedValue => {
    const word = fieldWords.get(`${collection} ${field}`)
    if (others.length > 0 || word === undefined) return { as: 'text', text: `${collection}/${row}/${field}` }
    return { as: 'word', word }
  })
  return [
    { label: 'fields', values },
    ...(others.length === 0 ? [{ label: 'place' as const, values: [{ as: 'text' as const, text: place ?? '' }] }] : []),
  ]
}

/** Longer only: what was promised to be kept stays. */
export const setTerm = defineCommand({
  name: 'sealed.setTerm',
  risk: 'medium',
  permission: 'sealed.administer',
  params: classRowSchema.pick({ class: true, termDays: true }),
  describe: ({ class: sealClass, termDays }) => ({
    title: 'sealed.setTerm',
    lines: [classLine(sealClass), { label: 'term', values: [{ as: 'days', days: termDays }] }],
    effects: ['effect.term'],
  }),
})
/** Also gives a custodian a new certificate. Keys from before are theirs once another custodian has rewrapped them. */
export const addCustodian = defineCommand({
  name: 'sealed.addCustodian',
  risk: 'medium',
  permission: 'sealed.administer',
  params: z.strictObject({ class: sealClassSchema, custodian: operatorIdSchema, fingerprint: fingerprintSchema }),
  describe: ({ class: sealClass, custodian, fingerprint }) => ({
    title: 'sealed.addCustodian',
    lines: [
      classLine(sealClass),
      { label: 'custodian', values: [{ as: 'operator', operator: custodian }] },
      { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] },
    ],
    effects: ['effect.custodian'],
  }),
})
export const addRecovery = defineCommand({
  name: 'sealed.addRecovery',
  risk: 'medium',
  permission: 'sealed.administer',
  params: z.strictObject({
    class: sealClassSchema,
    fingerprint: fingerprintSchema,
    certificate: certificateSchema,
    probe: custodianRowSchema.shape.probe.unwrap(),
  }),
  describe: ({ class: sealClass, fingerprint }) => ({
    title: 'sealed.addRecovery',
    lines: [classLine(sealClass), { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] }],
    effects: ['effect.recovery'],
  }),
})
/** The paper was read back: `secret` is what only the recovery key could read out of the probe. */
export const proveRecovery = defineCommand({
  name: 'sealed.proveRecovery',
  risk: 'low',
  permission: 'sealed.administer',
  params: z.strictObject({ class: sealClassSchema, fingerprint: fingerprintSchema, secret: bytes32Schema }),
})
export const removeCustodian = defineCommand({
  name: 'sealed.removeCustodian',
  risk: 'high',
  permission: 'sealed.administer',
  params: z.strictObject({ class: sealClassSchema, custodian: custodianSchema }),
  describe: ({ class: sealClass, custodian }) => ({
    title: 'sealed.removeCustodian',
    lines: [classLine(sealClass), { label: 'custodian', values: [custodianValue(custodian)] }],
    effects: ['effect.custodianRemoved'],
  }),
})
/** Says beforehand who opens what and why; the wrapped keys are handed out against its entry alone. */
export const openSealed = defineCommand({
  name: 'sealed.open',
  risk: 'medium',
  permission: 'sealed.open',
  params: openingRowSchema.pick({ class: true, subject: true, fields: true, reason: true }),
  describe: ({ class: sealClass, subject, fields, reason }) => ({
    title: 'sealed.open',
    lines: [
      { label: 'subject', values: [{ as: 'text', text: subject }] },
      ...openedLines(fields),
      classLine(sealClass),
      { label: 'reason', values: [{ as: 'text', text: reason }] },
    ],
    effects: ['effect.open'],
  }),
})
/** Begins to give a custodian the keys from before; handed out against its entry alone, until it has ended. */
export const beginRewrap = defineCommand({
  name: 'sealed.beginRewrap',
  risk: 'medium',
  permission: 'sealed.open',
  params: rewrapRowSchema.pick({ class: true, custodian: true, fingerprint: true, using: true }),
  describe: ({ class: sealClass, custodian, fingerprint, using }) => ({
    title: 'sealed.beginRewrap',
    lines: [
      { label: 'custodian', values: [custodianValue(custodian)] },
      { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] },
      { label: 'using', values: [{ as: 'word', word: `using.${using}` }] },
      classLine(sealClass),
    ],
    effects: ['effect.rewrap'],
  }),
})
export const endRewrap = defineCommand({
  name: 'sealed.endRewrap',
  risk: 'low',
  permission: 'sealed.open',
  params: z.strictObject({ id: commandIdSchema, outcome: z.enum(['done', 'cancelled']), keys: z.int().min(0) }),
})
/** Deletes every data key of a subject. Nothing brings its values back. */
export const eraseSubject = defineCommand({
  name: 'sealed.erase',
  risk: 'high',
  permission: 'sealed.erase',
  params: z.strictObject({ subject: subjectSchema, reason: reasonSchema }),
  describe: ({ subject, reason }) => ({
    title: 'sealed.erase',
    lines: [
      { label: 'subject', values: [{ as: 'text', text: subject }] },
      { label: 'reason', values: [{ as: 'text', text: reason }] },
    ],
    effects: ['effect.erase'],
  }),
})

export const termSet = defineEvent({
  type: 'sealed.termSet@1',
  data: classRowSchema.pick({ class: true, termDays: true }),
  notice: ({ class: sealClass, termDays }) => ({
    category: 'user',
    severity: 'notice',
    code: 'sealed.term-set',
    params: { class: sealClass, days: termDays },
  }),
})
export const custodianAdded = defineEvent({
  type: 'sealed.custodianAdded@1',
  data: custodianRowSchema.omit({ since: true, provedAt: true }).extend({ class: sealClassSchema }),
  notice: ({ class: sealClass, custodian }) => ({
    category: 'user',
    severity: 'warning',
    code: custodian === paperCustodian ? 'sealed.recovery-added' : 'sealed.custodian-added',
    params: { class: sealClass, custodian },
  }),
})
export const recoveryProved = defineEvent({
  type: 'sealed.recoveryProved@1',
  data: z.strictObject({ class: sealClassSchema, fingerprint: fingerprintSchema }),
  notice: ({ class: sealClass }) => ({
    category: 'user',
    severity: 'notice',
    code: 'sealed.recovery-proved',
    params: { class: sealClass },
  }),
})
export const custodianRemoved = defineEvent({
  type: 'sealed.custodianRemoved@1',
  data: z.strictObject({ class: sealClassSchema, custodian: custodianSchema, fingerprint: fingerprintSchema }),
  notice: ({ class: sealClass, custodian }) => ({
    category: 'user',
    severity: 'warning',
    code: custodian === paperCustodian ? 'sealed.recovery-removed' : 'sealed.custodian-removed',
    params: { class: sealClass, custodian },
  }),
})
export const subjectOpened = defineEvent({
  type: 'sealed.opened@1',
  data: openingRowSchema.pick({ class: true, subject: true, fields: true, reason: true }),
  notice: ({ subject, reason }) => ({
    category: 'user',
    severity: 'notice',
    code: 'sealed.opened',
    params: { subject },
    detail: reason,
  }),
})
export const rewrapBegun = defineEvent({
  type: 'sealed.rewrapBegun@1',
  data: rewrapRowSchema.pick({ class: true, custodian: true, fingerprint: true, using: true }),
  notice: ({ class: sealClass, custodian }) => ({
    category: 'user',
    severity: 'notice',
    code: 'sealed.rewrap-begun',
    params: { class: sealClass, custodian },
  }),
})
export const rewrapEnded = defineEvent({
  type: 'sealed.rewrapEnded@1',
  data: z.strictObject({ id: commandIdSchema, outcome: z.enum(['done', 'cancelled']), keys: z.int().min(0) }),
  notice: ({ outcome, keys }) => ({
    category: 'user',
    severity: 'info',
    code: outcome === 'done' ? 'sealed.rewrap-done' : 'sealed.rewrap-cancelled',
    params: { keys },
  }),
})
/** Added by the kernel to the entry of every command that seals. `wrapped` are those who can open it from the start. */
export const subjectSealed = defineEvent({
  type: 'sealed.subjectSealed@1',
  data: z.strictObject({
    class: sealClassSchema,
    subject: subjectSchema,
    key: dataKeyIdSchema,
    keepUntil: instantSchema,
    wrapped: z.array(z.strictObject({ custodian: custodianSchema, fingerprint: fingerprintSchema })).min(1),
    /** Whose certificate could not be used. */
    skipped: z.array(custodianSchema),
  }),
})
export const subjectErased = defineEvent({
  type: 'sealed.subjectErased@1',
  data: z.strictObject({ class: sealClassSchema, subject: subjectSchema, reason: reasonSchema }),
  notice: ({ subject, reason }) => ({
    category: 'user',
    severity: 'warning',
    code: 'sealed.erased',
    params: { subject },
    detail: reason,
  }),
})

/** A data key as it is handed to a custodian: an OpenPGP message in base64. */
export const wrappedKeySchema = z.strictObject({
  subject: subjectSchema,
  key: dataKeyIdSchema,
  wrapped: z.base64().max(8_192),
})
export type WrappedKey = z.infer<typeof wrappedKeySchema>

/** What the wrapped keys are to a class and its custodians; counted, not kept. */
export const coverageSchema = z.strictObject({
  class: sealClassSchema,
  subjects: z.int(),
  keys: z.int(),
  /** Keys that no present custodian can open. */
  lost: z.int(),
  custodians: z.array(
    z.strictObject({
      custodian: custodianSchema,
      fingerprint: fingerprintSchema,
      subjects: z.int(),
      keys: z.int(),
      /** Why nothing is sealed for them any more; null: it is. */
      unusable: z.enum(['expired', 'revoked', 'disabled', 'unproved', 'unreadable']).nullable(),
    }),
  ),
})
export type Coverage = z.infer<typeof coverageSchema>
