import { z } from 'zod'
import { failureSchema } from './errors.ts'

/** What the vault's own window shows, over a port that no other process holds. Plain text throughout. */
export const questionSchema = z.strictObject({
  t: z.literal('question'),
  lang: z.enum(['ja', 'en']),
  title: z.string(),
  body: z.array(z.string()),
  facts: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  /** none: a confirmation; one: a passphrase; two: a new one, typed twice; line: a line of text that may be seen. */
  fields: z.enum(['none', 'one', 'two', 'line']),
  /** One of several to choose, the first at the start; null: nothing to choose. */
  choices: z.strictObject({ label: z.string(), items: z.array(z.string()).min(2) }).nullable(),
  danger: z.boolean(),
  /** The last answer was wrong. */
  wrong: z.boolean(),
  /** Fewest characters. */
  least: z.int(),
  words: z.strictObject({
    field: z.string(),
    again: z.string(),
    accept: z.string(),
    cancel: z.string(),
    short: z.string(),
    differ: z.string(),
    wrong: z.string(),
    busy: z.string(),
  }),
})
export type Question = z.infer<typeof questionSchema>

/** What comes back. A closed window is a cancel. */
export const answerSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('answer'), secret: z.instanceof(Uint8Array), choice: z.int().min(0) }),
  z.strictObject({ t: z.literal('cancel') }),
])
export type Answer = z.infer<typeof answerSchema>

/** Main to the vault's process. A port comes with `start` (the contract's) and with `window` (the page's). */
export const vaultOrderSchema = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('start'),
    directory: z.string(),
    locale: z.enum(['ja', 'en']),
    /** A Node and the program that hold a vendor's PKCS#11 library. */
    pkcs11: z.tuple([z.string(), z.string()]),
  }),
  z.strictObject({ t: z.literal('window'), id: z.int() }),
  /** `refused`: main opened none, since too many were dismissed. */
  z.strictObject({ t: z.literal('closed'), id: z.int(), refused: z.boolean() }),
])
export type VaultOrder = z.infer<typeof vaultOrderSchema>

/** The vault's process to main. */
export const vaultNewsSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  z.strictObject({ t: z.literal('failed'), failure: failureSchema }),
  z.strictObject({ t: z.literal('ask'), id: z.int(), lines: z.int(), title: z.string() }),
  /** The question is over. `none`: nobody was asked, or it only told something. */
  z.strictObject({ t: z.literal('asked'), id: z.int(), outcome: z.enum(['answered', 'dismissed', 'none']) }),
])
export type VaultNews = z.infer<typeof vaultNewsSchema>
