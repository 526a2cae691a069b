import tls from 'node:tls'
import { LibralError } from '#protocol/errors.ts'
import { namedTime } from '#protocol/japan-time.ts'
import { fromBase64url, sha256 } from '#trust/bytes.ts'
import { type EvidenceVerdict, openPaypalEvidence } from '#trust/paypal/kept-evidence.ts'
import { certificateFingerprint } from '#trust/paypal/webhook.ts'
import type { Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import { grouped, visible } from '../ask/written.ts'
import type { SealedFieldShown } from './contract.ts'

type EvidenceField = Extract<SealedFieldShown, { field: 'key' }>

interface Opened {
  readonly deployment: string
  /** Both base64url. */
  readonly key: string
  readonly beside: string | undefined
}

/**
 * What kept evidence proves, worded for the vault's window. Of the body only its kind and digest are shown.
 * @throws LibralError `sealed.tampered`
 */
export const evidenceFacts = (
  { message, ciphertext, plaintext }: EvidenceField,
  { deployment, key, beside }: Opened,
  say: SayVault,
): Asked['facts'] => {
  if (beside === undefined) throw new LibralError('sealed.tampered', { field: 'evidence' })
  const secret = fromBase64url(key)
  const of = { place: { deployment, message }, digests: { ciphertext, plaintext } }
  const verdict = openPaypalEvidence(fromBase64url(beside), secret, of)
  secret.fill(0)
  return factsOf(verdict, say)
}

const factsOf = ({ fault, evidence, body, root }: EvidenceVerdict, say: SayVault): Asked['facts'] => {
  const label = say('evidence.verdict')
  if (evidence === null) return [{ label, value: say('evidence.invalid', { fault: fault ?? '' }) }]
  const known = tls.rootCertificates.some((pem) => certificateFingerprint(pem) === root)
  return [
    { label, value: say(known ? 'evidence.valid' : 'evidence.validAlone') },
    { label: say('evidence.received'), value: namedTime(evidence.receivedAt) },
    { label: say('evidence.event'), value: visible(eventOf(body)) },
    {
      label: say('evidence.transmission'),
      value: visible(evidence.headers['paypal-transmission-id'] ?? ''),
    },
    { label: say('evidence.digest'), value: grouped(Buffer.from(sha256(body)).toString('hex')) },
    {
      label: say('evidence.root'),
      value: say(known ? 'evidence.rootKnown' : 'evidence.rootUnknown', { root: grouped(root) }),
    },
  ]
}

/** Empty for a body that says neither. */
const eventOf = (body: Uint8Array): string => {
  try {
    const { event_type, id } = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>
    return [event_type, id]
      .filter((one) => typeof one === 'string')
      .join(' ')
      .slice(0, 200)
  } catch {
    return ''
  }
}
