import { z } from 'zod'
import { tokenAlgorithms } from '#protocol/hardware-algorithms.ts'

/** What the process that holds a PKCS#11 library is asked and answers. Bytes (PINs, digests, points) travel beside. */

export const tokenSchema = z.strictObject({
  slot: z.int(),
  label: z.string(),
  manufacturer: z.string(),
  model: z.string(),
  serial: z.string(),
  initialized: z.boolean(),
  loginRequired: z.boolean(),
  /** few: a wrong PIN was given; last: one more blocks it. */
  pin: z.enum(['good', 'few', 'last', 'blocked']),
})
export type Token = z.infer<typeof tokenSchema>

const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/)

export const tokenKeySchema = z.strictObject({
  /** CKA_ID, hex. */
  id: z.string().regex(/^([0-9a-f]{2})*$/),
  label: z.string(),
  uses: z.array(z.enum(['sign', 'decrypt', 'derive'])),
  public: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rsa'), n: base64url, e: base64url }),
    z.strictObject({ kind: z.enum(['nistp256', 'ed25519']), point: base64url }),
  ]),
})
export type TokenKey = z.infer<typeof tokenKeySchema>

const slot = z.int().nonnegative()
const id = z.string().regex(/^([0-9a-f]{2})+$/)

export const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('tokens') }),
  /** Beside it: the PIN. */
  z.strictObject({ op: z.literal('login'), slot }),
  z.strictObject({ op: z.literal('keys'), slot }),
  z.strictObject({
    op: z.literal('generate'),
    slot,
    algorithm: z.enum(tokenAlgorithms),
    use: z.enum(['sign', 'encrypt']),
    label: z.string().max(100),
    id,
  }),
  /** Beside it: DigestInfo for RSA, else the digest. */
  z.strictObject({ op: z.literal('sign'), slot, id }),
  /** Beside it: the cryptogram. */
  z.strictObject({ op: z.literal('decrypt'), slot, id }),
  /** Beside it: the other side's point. */
  z.strictObject({ op: z.literal('derive'), slot, id }),
])
export type TokenRequest = z.infer<typeof requestSchema>

/** `value`: of CK_RV. */
export const responseSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('done'), result: z.unknown() }),
  z.strictObject({ outcome: z.literal('refused'), value: z.int() }),
  z.strictObject({ outcome: z.literal('missing') }),
  z.strictObject({ outcome: z.literal('unloadable') }),
])
