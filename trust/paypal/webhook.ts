import { createHash, verify, X509Certificate } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { utf8 } from '../bytes.ts'

/**
 * PayPal's signature on a webhook, verified from bytes alone, so that one that was kept with its certificates can be
 * verified again years later. https://developer.paypal.com/api/rest/webhooks/rest/#link-messageverification
 */

/** What a webhook must come from. */
export interface WebhookExpectation {
  /** Id of our own webhook at PayPal, not of the event. */
  readonly webhookId: string
  /** `https://api.paypal.com` or `https://api.sandbox.paypal.com`. */
  readonly certificateOrigin: string
  /** `messageverificationcerts.paypal.com` or `messageverificationcerts.sandbox.paypal.com`. */
  readonly commonName: string
  /** PEM of the roots that are trusted. */
  readonly roots: readonly string[]
}

/** A webhook as it came, with the certificates that its headers name. */
export interface ReceivedWebhook {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** PEM from the certificate's address: the signer's first, then whoever issued it. */
  readonly certificates: string
}

export const paypalWebhookLimits = {
  bodyBytes: 256 * 1024,
  /** Of the PEM at the certificate's address. */
  certificateBytes: 32 * 1024,
  certificates: 5,
  /** PayPal tries again for three days; later ones are replays. Ms. */
  oldestMs: 4 * 86_400_000,
  /** How far its clock may be ahead, ms. */
  aheadMs: 10 * 60_000,
} as const

const headersSchema = z.object({
  'paypal-transmission-id': z.string().min(1).max(50),
  'paypal-transmission-time': z
    .string()
    .max(100)
    .pipe(z.iso.datetime({ offset: true })),
  'paypal-transmission-sig': z.string().min(1).max(1_024).pipe(z.base64()),
  'paypal-cert-url': z.string().min(1).max(500),
  'paypal-auth-algo': z.string().max(100),
})
type SignatureHeaders = z.output<typeof headersSchema>

/** The one algorithm that PayPal names. */
const algorithm = 'SHA256withRSA'
const certificatePath = /^\/v1\/notifications\/certs\/[A-Za-z0-9][A-Za-z0-9._-]*$/

/** Which step a webhook failed; stable, for logs and screens. */
export type WebhookFault =
  | 'too-large'
  | 'headers'
  | 'algorithm'
  | 'transmission-time'
  | 'certificate-address'
  | 'certificate-unreadable'
  | 'certificate-subject'
  | 'certificate-expired'
  | 'certificate-untrusted'
  | 'signature'

/** A step that failed. */
export class WebhookRefused extends Error {
  readonly fault: WebhookFault
  constructor(fault: WebhookFault) {
    super(fault)
    this.fault = fault
  }
}
const refuse = (fault: WebhookFault): never => {
  throw new WebhookRefused(fault)
}

/** @throws WebhookRefused `headers` */
const readHeaders = (headers: Readonly<Record<string, string>>): SignatureHeaders => {
  const read = headersSchema.safeParse(headers)
  return read.success ? read.data : refuse('headers')
}

/**
 * Where the signer's certificate lies, when it is an address of PayPal's own.
 * @throws WebhookRefused `headers`, `certificate-address`
 */
export const certificateAddress = (
  headers: Readonly<Record<string, string>>,
  { certificateOrigin }: Pick<WebhookExpectation, 'certificateOrigin'>,
): string => {
  const { 'paypal-cert-url': address } = readHeaders(headers)
  const url = URL.canParse(address) ? new URL(address) : refuse('certificate-address')
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  const theirs = url.origin === certificateOrigin && certificatePath.test(url.pathname)
  // What was parsed must be what was written: no dots, no escapes, nothing that two readers read differently.
  if (!plain || !theirs || url.href !== address) refuse('certificate-address')
  return address
}

/**
 * The whole verification, in named steps; each has one code.
 * @param now the clock that judges how old it may be: the one at receipt, also when it is verified again
 * @returns the root that the chain led to, PEM, to be kept with the webhook
 * @throws WebhookRefused with the first step that failed
 */
export const verifyPaypalWebhook = (
  webhook: ReceivedWebhook,
  expected: WebhookExpectation,
  now: number,
): { readonly root: string; readonly sentAt: number } => {
  const { body } = webhook
  if (body.byteLength > paypalWebhookLimits.bodyBytes) refuse('too-large')
  const headers = readHeaders(webhook.headers)
  if (headers['paypal-auth-algo'] !== algorithm) refuse('algorithm')
  const sentAt = Date.parse(headers['paypal-transmission-time'])
  const tooOld = sentAt < now - paypalWebhookLimits.oldestMs
  if (tooOld || sentAt > now + paypalWebhookLimits.aheadMs) refuse('transmission-time')
  certificateAddress(webhook.headers, expected)
  const chain = readCertificates(webhook.certificates)
  const [signer = refuse('certificate-unreadable')] = chain
  if (onlyCommonName(signer) !== expected.commonName || signer.ca) refuse('certificate-subject')
  const root = rootOf(chain, expected.roots, sentAt)
  const message = signedMessage(headers, expected.webhookId, body)
  const signature = Buffer.from(headers['paypal-transmission-sig'], 'base64')
  const { publicKey } = signer
  if (publicKey.asymmetricKeyType !== 'rsa') refuse('certificate-unreadable')
  if (!verify('sha256', message, publicKey, signature)) refuse('signature')
  return { root: root.toString(), sentAt }
}

/** `id|time|our webhook|CRC-32 of the raw body, unsigned and decimal`. */
const signedMessage = (headers: SignatureHeaders, webhookId: string, body: Uint8Array): Uint8Array =>
  utf8(
    [headers['paypal-transmission-id'], headers['paypal-transmission-time'], webhookId, String(crc32(body))].join('|'),
  )

const pemPattern = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

const readCertificates = (pem: string): readonly X509Certificate[] => {
  if (Buffer.byteLength(pem) > paypalWebhookLimits.certificateBytes) refuse('certificate-unreadable')
  const found = pem.match(pemPattern) ?? []
  if (found.length === 0 || found.length > paypalWebhookLimits.certificates) refuse('certificate-unreadable')
  try {
    return found.map((text) => new X509Certificate(text))
  } catch {
    return refuse('certificate-unreadable')
  }
}

/** A subject with two common names is nobody's. */
const onlyCommonName = ({ subject }: X509Certificate): string | undefined => {
  const names = (subject ?? '').split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? names[0]?.slice('CN='.length) : undefined
}

const validAt = ({ validFromDate, validToDate }: X509Certificate, at: number): boolean =>
  validFromDate.getTime() <= at && at <= validToDate.getTime()

/** Node's own name and signature checks; a certificate that may not sign others ends the way. */
const issued = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)

/** Not even for what is fetched from PayPal's own address. */
const weak = /md5|sha1/i

/**
 * Walks from the signer to a root that is trusted, over the certificates that came along, each valid when the webhook
 * was sent.
 * @throws WebhookRefused `certificate-expired`, `certificate-unreadable`, `certificate-untrusted`
 */
const rootOf = (
  [signer, ...others]: readonly X509Certificate[],
  roots: readonly string[],
  at: number,
): X509Certificate => {
  const trusted = rootsByName(roots)
  let current = signer
  const left = new Set(others)
  while (current) {
    const certificate = current
    if (!validAt(certificate, at)) refuse('certificate-expired')
    if (weak.test(certificate.signatureAlgorithm ?? '')) refuse('certificate-unreadable')
    const root = trusted(certificate.issuer).find(
      (candidate) => issued(candidate, certificate) && validAt(candidate, at),
    )
    if (root) return root
    const next = [...left].find((candidate) => issued(candidate, certificate))
    if (next) left.delete(next)
    current = next
  }
  return refuse('certificate-untrusted')
}

/** The system's list is long and its certificates slow to read: read once, for as long as the same list is given. */
let known:
  | { readonly roots: readonly string[]; readonly byName: ReadonlyMap<string, readonly X509Certificate[]> }
  | undefined

const rootsByName = (roots: readonly string[]): ((name: string) => readonly X509Certificate[]) => {
  if (known?.roots !== roots) {
    const byName = Map.groupBy(
      roots.map((pem) => new X509Certificate(pem)),
      ({ subject }) => subject,
    )
    known = { roots, byName }
  }
  const { byName } = known
  return (name) => byName.get(name) ?? []
}

/** Names a certificate on a screen: SHA-256 of its DER, lower-case hexadecimal. */
export const certificateFingerprint = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
