import { z } from 'zod'
import type { ProviderName } from '#protocol/payments.ts'
import { jsonIn } from './http-call.ts'

const word = z.string().max(40)
const starsSchema = z.looseObject({ message: z.looseObject({}).optional(), pre_checkout_query: z.unknown().optional() })
const paypaySchema = z.looseObject({ notification_type: word, state: word.optional(), fileType: word.optional() })
const paypalSchema = z.looseObject({ event_type: z.string() })
/** Lines of its lists of disputes and of transactions. */
const disputeSchema = z.looseObject({ dispute_id: z.string(), status: word.optional() })
const transactionSchema = z.looseObject({ transaction_id: z.string(), transaction_event_code: word })

const kinds: Readonly<Record<ProviderName, (content: unknown) => string | undefined>> = {
  stars: (content) => {
    const read = starsSchema.safeParse(content)
    if (!read.success) return undefined
    if (read.data.pre_checkout_query !== undefined) return 'pre_checkout_query'
    const { message } = read.data
    return (
      message && ['successful_payment', 'refunded_payment', 'message'].find((it) => it === 'message' || it in message)
    )
  },
  paypay: (content) => {
    const read = paypaySchema.safeParse(content)
    return read.success
      ? [read.data.notification_type, read.data.state ?? read.data.fileType].filter(Boolean).join(' ')
      : undefined
  },
  paypal: (content) => {
    const read = paypalSchema.safeParse(content)
    if (read.success) return read.data.event_type
    const dispute = disputeSchema.safeParse(content)
    if (dispute.success) return ['dispute', dispute.data.status].filter(Boolean).join(' ')
    const transaction = transactionSchema.safeParse(content)
    return transaction.success ? `transaction ${transaction.data.transaction_event_code}` : undefined
  },
}

/** What a message says that it is about, also a forged one; empty where it can't be read. */
export const messageKind = (provider: ProviderName, body: Uint8Array): string => {
  const kind = kinds[provider](jsonIn({ body })) ?? ''
  return /^[\x20-\x7e]{1,64}$/.test(kind) ? kind : ''
}
