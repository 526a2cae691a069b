import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { commandIdSchema, deploymentIdSchema, fingerprintSchema, instantSchema, operatorIdSchema } from './ids.ts'
import { type WrappedKey, wrappedKeySchema } from './sealed.ts'
import { dataKeyIdSchema, sealClassSchema, subjectSchema } from './sealed-value.ts'

/**
 * 鍵の引き渡し: an auditor who reviews a bundle offline gets the data keys of a range of entries in a file of its own
 * (鍵ファイル), since no bundle holds any. docs/decisions/0105.
 */

export const handOverLimits = {
  /** How long after its record keys are handed out: as long as approvers have to answer. */
  openMs: 24 * 60 * 60 * 1000,
  /** Data keys of one page. */
  page: 64,
  /** Entries that are looked through for one page. */
  entries: 2_048,
  /** Data keys of one file: what the vault can hold at once without any doubt. */
  keys: 200_000,
} as const

const indexSchema = z.int().min(0)
const reasonSchema = z.string().trim().min(1).max(200)

const rangeSchema = z.strictObject({
  class: sealClassSchema,
  /** Half-open [from, to), by entry. */
  from: indexSchema,
  to: indexSchema,
  /** Whose registered certificate it is; null: somebody from outside, whose certificate stands beside it. */
  operator: operatorIdSchema.nullable(),
  fingerprint: fingerprintSchema,
  /** A transferable public key (RFC 9580, 10.1) in base64url. */
  certificate: z.base64url().max(8_192).nullable(),
  reason: reasonSchema,
})
const isRange = ({ from, to }: z.infer<typeof rangeSchema>): boolean => from < to
const namesOne = ({ operator, certificate }: z.infer<typeof rangeSchema>): boolean =>
  (operator === null) !== (certificate === null)

/** What came of it: keys that stand in the file, whose they are, and what could not be given. */
export const handOverCountsSchema = z.strictObject({
  keys: z.int().min(0),
  subjects: z.int().min(0),
  /** Keys of the range that erasing has taken away. */
  erased: z.int().min(0),
  /** Keys that other custodians have and this one lacks. */
  lacking: z.int().min(0),
})
export type HandOverCounts = z.infer<typeof handOverCountsSchema>

const outcomeSchema = z.enum(['done', 'cancelled'])

const handOverRowSchema = rangeSchema.extend({
  id: commandIdSchema,
  by: operatorIdSchema,
  at: instantSchema,
  /** Nothing is handed out from then on. */
  until: instantSchema,
  endedAt: instantSchema.nullable(),
  outcome: outcomeSchema.nullable(),
  ...handOverCountsSchema.shape,
})
export type HandOverRow = z.infer<typeof handOverRowSchema>

/** Who gave whom which keys and why: kept for auditors, and what the wrapped keys are handed out against. */
export const handOvers = defineCollection({
  name: 'sealed.hand-overs',
  version: 1,
  schema: handOverRowSchema,
  key: (row) => row.id,
  indexes: [['at']],
  read: 'sealed.read',
  retention: { rows: 10_000, by: 'at' },
})

/** Says beforehand who gives which keys to whom and why; the wrapped keys are handed out against its entry alone. */
export const handOver = defineCommand({
  name: 'sealed.handOver',
  risk: 'high',
  permission: 'sealed.handOver',
  params: rangeSchema.refine(isRange, { path: ['to'] }).refine(namesOne, { path: ['certificate'] }),
  describe: ({ class: sealClass, from, to, operator, fingerprint, reason }) => ({
    title: 'sealed.handOver',
    lines: [
      { label: 'class', values: [{ as: 'word', word: `class.${sealClass}` }] },
      { label: 'entryRange', values: [{ as: 'text', text: `${from} – ${to - 1}` }] },
      {
        label: 'receiver',
        values: [operator === null ? { as: 'word', word: 'receiver.outside' } : { as: 'operator', operator }],
      },
      { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] },
      { label: 'reason', values: [{ as: 'text', text: reason }] },
    ],
    effects: ['effect.handOver'],
  }),
})
/** The file is written (`done`), or nobody wants it any more; nothing is handed out from here on. */
export const endHandOver = defineCommand({
  name: 'sealed.endHandOver',
  risk: 'low',
  permission: 'sealed.open',
  params: handOverCountsSchema.extend({ id: commandIdSchema, outcome: outcomeSchema }),
})

export const keysHandedOver = defineEvent({
  type: 'sealed.handedOver@1',
  data: rangeSchema,
  notice: ({ class: sealClass, from, to, operator, fingerprint, reason }) => ({
    category: 'user',
    severity: 'warning',
    code: 'sealed.handed-over',
    params: { class: sealClass, from, last: to - 1, receiver: operator ?? fingerprint.slice(-16) },
    detail: reason,
  }),
})
export const handOverEnded = defineEvent({
  type: 'sealed.handOverEnded@1',
  data: endHandOver.params,
  notice: ({ outcome, keys, subjects }) => ({
    category: 'user',
    severity: 'notice',
    code: outcome === 'done' ? 'sealed.hand-over-done' : 'sealed.hand-over-cancelled',
    params: { keys, subjects },
  }),
})

/** A key of the range that is in no file, and why: erased, or other custodians' alone. */
export const withoutSchema = z.strictObject({
  subject: subjectSchema,
  key: dataKeyIdSchema,
  why: z.enum(['erased', 'lacking']),
})
export type WithoutKey = z.infer<typeof withoutSchema>

/** A page of a hand-over, in the order of the entries. `next`: the entry with which the next one begins; null: the end. */
export const handOverPageSchema = z.strictObject({
  keys: z.array(wrappedKeySchema),
  without: z.array(withoutSchema),
  next: indexSchema.nullable(),
})
export interface HandOverPage {
  readonly keys: readonly WrappedKey[]
  readonly without: readonly WithoutKey[]
  readonly next: number | null
}

/** First line of a key file. The others are keys, and `end` the last. docs/decisions/0105. */
export const keyFileHeadSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('libral-keys'),
  /** The log's id when the keys were handed over, as the command's statement names it. */
  deployment: deploymentIdSchema,
  /** Of the command that handed them over. */
  command: commandIdSchema,
  class: sealClassSchema,
  from: indexSchema,
  to: indexSchema,
  /** Whose key signed the file. */
  custodian: operatorIdSchema,
  /** To whose certificate it is encrypted. */
  receiver: fingerprintSchema,
  at: instantSchema,
})
export type KeyFileHead = z.infer<typeof keyFileHeadSchema>
