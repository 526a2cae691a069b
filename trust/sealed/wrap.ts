import { type Config, createMessage, encrypt, enums, type PublicKey, readKey } from 'openpgp'
import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { deploymentIdSchema } from '#protocol/ids.ts'
import { dataKeyIdSchema, sealClassSchema, subjectSchema } from '#protocol/sealed-value.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { policy } from '../openpgp/policy.ts'
import { parseStrict } from '../strict-json.ts'

/** What lies in a wrapped key: the key with its place, so that none passes for another's. */
const payloadSchema = z.strictObject({
  v: z.literal(1),
  deployment: deploymentIdSchema,
  class: sealClassSchema,
  subject: subjectSchema,
  key: dataKeyIdSchema,
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type KeyPayload = z.infer<typeof payloadSchema>

/** @throws LibralError `sealed.no-key` for anything else */
export const parsePayload = (bytes: Uint8Array): KeyPayload => {
  try {
    return payloadSchema.parse(parseStrict(bytes, 4_096))
  } catch (cause) {
    throw new LibralError('sealed.no-key', {}, { cause })
  }
}
export const payloadBytes = (payload: KeyPayload): Uint8Array => canonicalBytes(payload)
export const secretOf = ({ secret }: KeyPayload): Uint8Array => fromBase64url(secret)

/** What is made for custodians: SEIPDv2 with OCB where their certificate reads it. */
const sealing: Readonly<Config> = Object.freeze({
  ...policy,
  aeadProtect: true,
  preferredAEADAlgorithm: enums.aead.ocb,
  preferredSymmetricAlgorithm: enums.symmetric.aes256,
  preferredCompressionAlgorithm: enums.compression.uncompressed,
})

export interface Recipient {
  readonly certificate: PublicKey
  /** Lower-case hexadecimal. */
  readonly fingerprint: string
}

export type Unusable = 'expired' | 'revoked' | 'unreadable'

/**
 * A certificate as a recipient at a time.
 * @param text transferable public key in base64url
 * @returns why it can't be one, where it can't
 */
export const recipientOf = async (
  text: string,
  at: number,
): Promise<{ readonly recipient: Recipient } | { readonly unusable: Unusable }> => {
  try {
    const certificate = await readKey({ binaryKey: fromBase64url(text), config: policy as Config })
    const fingerprint = certificate.getFingerprint()
    if (certificate.isPrivate()) return { unusable: 'unreadable' }
    if (await certificate.isRevoked(undefined, undefined, new Date(at), policy as Config))
      return { unusable: 'revoked' }
    const usable = await certificate.getEncryptionKey(undefined, new Date(at), undefined, policy as Config).then(
      () => true,
      () => false,
    )
    return usable ? { recipient: { certificate, fingerprint } } : { unusable: await reasonOf(certificate, at) }
  } catch {
    return { unusable: 'unreadable' }
  }
}

/** No key to encrypt to: it has run out, or there never was one. */
const reasonOf = async (certificate: PublicKey, at: number): Promise<Unusable> => {
  const ends = await certificate.getExpirationTime(undefined, policy as Config).catch(() => null)
  if (ends instanceof Date && ends.getTime() <= at) return 'expired'
  const once = await certificate
    .getEncryptionKey(undefined, certificate.getCreationTime(), undefined, policy as Config)
    .then(
      () => true,
      () => false,
    )
  return once ? 'expired' : 'unreadable'
}

/** An OpenPGP message for one custodian, in bytes. @throws LibralError `openpgp.recipient-unusable` */
export const wrapFor = async (
  { certificate, fingerprint }: Recipient,
  bytes: Uint8Array,
  at: number,
): Promise<Uint8Array> => {
  try {
    const message = await createMessage({ binary: new Uint8Array(bytes), date: new Date(at) })
    const made = await encrypt({
      message,
      encryptionKeys: certificate,
      format: 'binary',
      date: new Date(at),
      config: sealing as Config,
    })
    return new Uint8Array(made as Uint8Array)
  } catch (cause) {
    throw new LibralError('openpgp.recipient-unusable', { fingerprint: fingerprint.toUpperCase() }, { cause })
  }
}

export const keyPayload = (
  place: Pick<KeyPayload, 'deployment' | 'class' | 'subject'>,
  { id, secret }: { readonly id: KeyPayload['key']; readonly secret: Uint8Array },
): KeyPayload => {
  const { deployment, class: sealClass, subject } = place
  return { v: 1, deployment, class: sealClass, subject, key: id, secret: toBase64url(secret) }
}
