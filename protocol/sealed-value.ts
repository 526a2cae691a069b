import { z } from 'zod'
import { instantSchema, operatorIdSchema } from './ids.ts'

/**
 * Personal data as it lies in entries and rows: AES-256-GCM under a data key of its subject, which lies elsewhere and is
 * wrapped to the custodians of the class. Only they can open it, and erasing the key erases it everywhere at once.
 */

/** Who may open it, and from when on it may be erased. `statutory` is kept for as long as the law asks. */
export const sealClasses = ['personal', 'statutory'] as const
export const sealClassSchema = z.enum(sealClasses)
export type SealClass = z.infer<typeof sealClassSchema>

/** Whom a value is about: a kind and an id that is no personal data itself, such as `operator:tanaka`. */
export const subjectSchema = z
  .string()
  .regex(/^[a-z][a-z-]{0,19}:[a-z0-9][a-z0-9._-]{0,62}$/)
  .brand('SubjectId')
export type SubjectId = z.infer<typeof subjectSchema>
export const subjectOf = (kind: string, id: string): SubjectId => subjectSchema.parse(`${kind}:${id}`)

/** Names one data key of a subject: 16 random bytes in base64url. Each act of sealing makes its own. */
export const dataKeyIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand('DataKeyId')
export type DataKeyId = z.infer<typeof dataKeyIdSchema>

/** The recovery key on paper, as one of the custodians of a class. No operator's id has a colon after `paper`. */
export const paperCustodian = 'paper:recovery' as const
export const custodianSchema = z.union([z.literal(paperCustodian), operatorIdSchema])
export type Custodian = z.infer<typeof custodianSchema>

/** Longest text in one sealed field, in UTF-16 units. */
export const sealedTextLimit = 2_000
/** Bytes of nonce and tag around the ciphertext. */
export const boxOverhead = { nonce: 12, tag: 16 } as const

const boxSchema = (longest: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .min(38)
    .max(longest)

/** `box` is nonce (12) ‖ ciphertext ‖ tag (16) in base64url. */
export const sealedSchema = z.strictObject({
  class: sealClassSchema,
  subject: subjectSchema,
  key: dataKeyIdSchema,
  box: boxSchema(12_000),
})
export type Sealed = z.infer<typeof sealedSchema>

/** Salt and parameters of a command that named a person, as its entry holds them. */
export const sealedParamsSchema = sealedSchema.extend({ box: boxSchema(40_000) })

/** What is left of a value after its subject was erased; since when. */
export const erasedSchema = z.strictObject({ erased: instantSchema })
export type Erased = z.infer<typeof erasedSchema>

/** A field of a row that holds a sealed value; null: there was nothing to seal. */
export const sealedFieldSchema = z.union([sealedSchema, erasedSchema]).nullable()
export type SealedField = z.infer<typeof sealedFieldSchema>
export const isSealed = (field: SealedField): field is Sealed => field !== null && 'box' in field

/** What binds a value to its place: none opens as another's, nor in another field. */
export interface SealedPlace {
  readonly deployment: string
  readonly collection: string
  readonly field: string
  readonly class: SealClass
  readonly subject: SubjectId
}

/** How a text is made alike before it is searched for, so that a hyphen or a capital letter hides nobody. */
export const searchForms = {
  text: (value: string): string => value.normalize('NFKC').trim(),
  email: (value: string): string => value.normalize('NFKC').trim().toLowerCase(),
  phone: (value: string): string => value.normalize('NFKC').replace(/[^0-9+]/g, ''),
} as const
export type SearchForm = keyof typeof searchForms

/** What a command seals of its parameters; each field is a text or null, and is handed on sealed. */
export interface Sealing {
  readonly class: SealClass
  /** Where the fields will stand. */
  readonly collection: string
  readonly subject: (params: never) => SubjectId
  /** Key of the row in which they will stand. */
  readonly row: (params: never) => string
  /** The form in which a field can be found; null: not searched. */
  readonly fields: Readonly<Record<string, SearchForm | null>>
}
