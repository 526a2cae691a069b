/** Why a signature does not count. Texts: renderer/i18n/{ja,en}/openpgp.json, `reason`. */
export const signatureReasons = [
  'certificate-unknown',
  'signature-wrong',
  'signature-expired',
  'signature-from-future',
  'hash-weak',
  'notation-unknown',
  'key-weak',
  'key-compromised',
  'key-revoked',
  'key-expired',
  'key-not-yet-valid',
  'key-not-for-signing',
  'unsupported',
  'not-trusted',
] as const
export type SignatureReason = (typeof signatureReasons)[number]

export interface Signer {
  /** Of the key that signed, upper-case hexadecimal. */
  readonly fingerprint: string
  /** Of the certificate's primary key. */
  readonly certificate: string
  readonly userIds: readonly string[]
}

/**
 * What is known of one signature. Only `verified` counts: the signature is right, its key was valid at `at`, and a
 * person has marked the certificate as trusted. `valid` alone says that somebody's key made it.
 */
export interface SignatureVerdict {
  readonly verified: boolean
  readonly valid: boolean
  /** null only where verified */
  readonly reason: SignatureReason | null
  /** As the signature claims it, in milliseconds since 1970; null where it can't be read. */
  readonly at: number | null
  /** Key id or fingerprint as the signature names it, upper-case hexadecimal; null where it can't be read. */
  readonly issuer: string | null
  readonly signer: Signer | null
  /** Whether the signature is over text with normalised line ends. */
  readonly text: boolean
}
