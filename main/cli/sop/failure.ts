import { type ErrorCode, failureOf } from '#protocol/errors.ts'

/** draft-dkg-openpgp-stateless-cli, "Failure Modes": those that can come here. */
export const sopExitCodes = {
  UNSPECIFIED_FAILURE: 1,
  NO_SIGNATURE: 3,
  CERT_CANNOT_ENCRYPT: 17,
  MISSING_ARG: 19,
  INCOMPLETE_VERIFICATION: 23,
  CANNOT_DECRYPT: 29,
  PASSWORD_NOT_HUMAN_READABLE: 31,
  UNSUPPORTED_OPTION: 37,
  BAD_DATA: 41,
  EXPECTED_TEXT: 53,
  OUTPUT_EXISTS: 59,
  MISSING_INPUT: 61,
  KEY_IS_PROTECTED: 67,
  UNSUPPORTED_SUBCOMMAND: 69,
  UNSUPPORTED_SPECIAL_PREFIX: 71,
  AMBIGUOUS_INPUT: 73,
  KEY_CANNOT_SIGN: 79,
  INCOMPATIBLE_OPTIONS: 83,
  UNSUPPORTED_PROFILE: 89,
} as const
export type SopCode = keyof typeof sopExitCodes

export class SopError extends Error {
  readonly code: SopCode

  constructor(code: SopCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SopError'
    this.code = code
  }
}

const fromVault: Partial<Record<ErrorCode, SopCode>> = {
  'keys.not-a-key': 'BAD_DATA',
  'keys.unsupported': 'MISSING_ARG',
  'input.too-large': 'BAD_DATA',
  'input.not-utf8': 'EXPECTED_TEXT',
  'openpgp.malformed': 'BAD_DATA',
  'openpgp.truncated': 'BAD_DATA',
  'openpgp.too-deep': 'BAD_DATA',
  'openpgp.too-large': 'BAD_DATA',
  'openpgp.tampered': 'CANNOT_DECRYPT',
  'openpgp.unprotected': 'CANNOT_DECRYPT',
  'openpgp.unsupported': 'CANNOT_DECRYPT',
  'openpgp.argon2-too-costly': 'CANNOT_DECRYPT',
  'openpgp.wrong-key': 'CANNOT_DECRYPT',
  'openpgp.password-wrong': 'CANNOT_DECRYPT',
  'openpgp.key-locked': 'KEY_IS_PROTECTED',
  'openpgp.recipient-unusable': 'CERT_CANNOT_ENCRYPT',
  'openpgp.signer-unusable': 'KEY_CANNOT_SIGN',
  'openpgp.not-signed': 'BAD_DATA',
}

/** Whatever was thrown, as the specification names it. */
export function sopErrorOf(thrown: unknown): SopError {
  if (thrown instanceof SopError) return thrown
  const { code } = failureOf(thrown)
  return new SopError(fromVault[code] ?? 'UNSPECIFIED_FAILURE', code, { cause: thrown })
}
