import { randomBytes } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { sha256, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { box, unbox } from '../sealed/seal.ts'
import { type PaypalWebhookEvidence, verifyPaypalEvidence } from './evidence.ts'
import { certificateFingerprint, type WebhookFault, WebhookRefused } from './webhook.ts'

/** What binds a kept document to its place: none opens as another message's, nor in another deployment. */
export interface EvidencePlace {
  /** The log's first id: values stay bound to it, also where a backup was restored. */
  readonly deployment: string
  /** Id of the message in the inbox. */
  readonly message: string
}
/** SHA-256, base64url. With the second one no other key opens the bytes as something else (GCM alone would let it). */
export interface EvidenceDigests {
  readonly ciphertext: string
  readonly plaintext: string
}

const keyBytes = 32
const aadOf = ({ deployment, message }: EvidencePlace): Uint8Array =>
  canonicalBytes(['libral paypal evidence v1', deployment, message])
const digestOf = (bytes: Uint8Array): string => toBase64url(sha256(bytes))

/** A document of evidence.ts under a fresh key: nonce (12) ‖ ciphertext ‖ tag (16), to lie beside the log. */
export const sealPaypalEvidence = (
  document: Uint8Array,
  place: EvidencePlace,
): { readonly ciphertext: Uint8Array; readonly key: Uint8Array; readonly digests: EvidenceDigests } => {
  const key = new Uint8Array(randomBytes(keyBytes))
  const ciphertext = box(document, aadOf(place), key)
  return { ciphertext, key, digests: { ciphertext: digestOf(ciphertext), plaintext: digestOf(document) } }
}

export interface EvidenceVerdict {
  /** The first step that failed; null: PayPal's signature, certificates and time hold, by the clock of then. */
  readonly fault: WebhookFault | null
  /** null with a fault. */
  readonly evidence: PaypalWebhookEvidence | null
  /** Raw, as PayPal sent it. */
  readonly body: Uint8Array
  /** SHA-256 of the root that the chain ends at; empty with a fault. */
  readonly root: string
}

/**
 * Opens what was kept and judges PayPal's signature again, from these bytes alone.
 * @param key 32 bytes
 * @param digests as the entry names them
 * @param roots as `verifyPaypalEvidence`
 * @throws LibralError `sealed.tampered` for other bytes, another key, message or deployment; `input.*` for no evidence
 */
export const openPaypalEvidence = (
  ciphertext: Uint8Array,
  key: Uint8Array,
  {
    place,
    digests,
    roots,
  }: {
    readonly place: EvidencePlace
    readonly digests: EvidenceDigests
    readonly roots?: readonly string[]
  },
): EvidenceVerdict => {
  const altered = (cause?: unknown): LibralError => new LibralError('sealed.tampered', { field: 'evidence' }, { cause })
  if (digestOf(ciphertext) !== digests.ciphertext) throw altered()
  let document: Uint8Array
  try {
    document = unbox(ciphertext, aadOf(place), key)
  } catch (cause) {
    throw altered(cause)
  }
  if (digestOf(document) !== digests.plaintext) throw altered()
  try {
    const { evidence, body } = verifyPaypalEvidence(document, roots)
    return { fault: null, evidence, body, root: certificateFingerprint(evidence.root) }
  } catch (thrown) {
    if (!(thrown instanceof WebhookRefused)) throw thrown
    return { fault: thrown.fault, evidence: null, body: new Uint8Array(), root: '' }
  }
}
