import { type ActId, actIdSchema, type PaymentId, paymentIdSchema } from '#protocol/payments.ts'

/** Our ids as a provider gives them back; null for whatever else stands there. */
export const paymentOf = (text: unknown): PaymentId | null => paymentIdSchema.safeParse(text).data ?? null
export const actOf = (text: unknown): ActId | null => actIdSchema.safeParse(text).data ?? null
