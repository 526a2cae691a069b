import type { SignatureReason } from '#protocol/messages.ts'

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
