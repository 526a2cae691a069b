import { z } from 'zod'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { parseStrict } from '../strict-json.ts'
import { type ReceivedWebhook, verifyPaypalWebhook, type WebhookExpectation, WebhookRefused } from './webhook.ts'

/**
 * A verified webhook with all that verifying it took: years later, when its certificate has expired and left PayPal's
 * address, nothing else is needed but to trust the root that it names.
 */
const evidenceSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('paypal-webhook'),
  /** When it came, ms: the clock that judged it. */
  receivedAt: z.int().min(0),
  webhookId: z.string().max(64),
  certificateOrigin: z.string().max(200),
  commonName: z.string().max(200),
  headers: z.record(z.string().max(64), z.string().max(4_096)),
  /** Base64url. */
  body: z.string(),
  certificates: z.string(),
  root: z.string(),
})
export type PaypalWebhookEvidence = z.output<typeof evidenceSchema>

/** Bodies, certificates and the rest, in base64url. */
const mostBytes = 512 * 1024

/** @throws WebhookRefused with the first step that failed */
export const paypalWebhookEvidence = (
  webhook: ReceivedWebhook,
  expected: WebhookExpectation,
  receivedAt: number,
): Uint8Array => {
  const { root } = verifyPaypalWebhook(webhook, expected, receivedAt)
  const { webhookId, certificateOrigin, commonName } = expected
  return canonicalBytes({
    ...{ v: 1, kind: 'paypal-webhook', receivedAt, webhookId, certificateOrigin, commonName, root },
    ...{ headers: webhook.headers, body: toBase64url(webhook.body), certificates: webhook.certificates },
  })
}

/**
 * Verifies it again from the bytes alone.
 * @param roots PEM of roots that the reader trusts; absent: the one that it names, whose fingerprint is for a person to
 *   compare
 * @throws WebhookRefused with the first step that failed, LibralError for what is no such evidence
 */
export const verifyPaypalEvidence = (
  bytes: Uint8Array,
  roots?: readonly string[],
): { readonly evidence: PaypalWebhookEvidence; readonly body: Uint8Array } => {
  const read = evidenceSchema.safeParse(parseStrict(bytes, mostBytes))
  if (!read.success) throw new WebhookRefused('headers')
  const evidence = read.data
  const body = fromBase64url(evidence.body)
  const { headers, certificates, webhookId, certificateOrigin, commonName } = evidence
  const expected = { webhookId, certificateOrigin, commonName, roots: roots ?? [evidence.root] }
  verifyPaypalWebhook({ headers, body, certificates }, expected, evidence.receivedAt)
  return { evidence, body }
}
