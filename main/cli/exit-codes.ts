import type { ErrorCode, Failure } from '#protocol/errors.ts'

/**
 * Exit codes by what a script can do about it, as sysexits.h numbers them; 130 as after Ctrl-C. `libral sop` has the
 * codes of its own specification instead (main/cli/sop/failure.ts).
 */
const codes: Readonly<Record<number, readonly ErrorCode[]>> = {
  64: [
    'input.invalid',
    'wkd.address-invalid',
    'vault.no-terminal',
    'keys.ambiguous',
    'env.name-invalid',
    'env.value-invalid',
  ],
  65: [
    'input.too-large',
    'input.not-utf8',
    'backup.not-a-backup',
    'log.broken',
    'log.note-malformed',
    'log.note-forged',
    'log.other-log',
    'log.unsigned',
    'vault.unreadable',
    'vault.newer-version',
    'keys.not-a-key',
    'keys.unsupported',
    'keys.secret-in-text',
    'keys.not-a-revocation',
    'openpgp.malformed',
    'openpgp.truncated',
    'openpgp.tampered',
    'openpgp.unprotected',
    'openpgp.unsupported',
    'openpgp.unsupported-bzip2',
    'openpgp.unsupported-libre',
    'openpgp.too-deep',
    'openpgp.too-large',
    'openpgp.argon2-too-costly',
    'openpgp.not-signed',
    'wkd.malformed',
  ],
  66: [
    'vault.absent',
    'keys.unknown',
    'keys.user-id-unknown',
    'keys.no-revocation',
    'openpgp.read-failed',
    'file.unreadable',
    'env.unknown',
    'wkd.not-found',
    'wkd.no-host',
    'wkd.other-address',
  ],
  69: [
    'keys.gnupg-missing',
    'keys.gnupg-failed',
    'hardware.no-daemon',
    'hardware.no-card',
    'hardware.module-missing',
    'storage.unavailable',
  ],
  73: [
    'vault.exists',
    'keys.user-id-exists',
    'keys.exists',
    'keys.already-revoked',
    'backup.target-exists',
    'openpgp.target-exists',
    'openpgp.write-failed',
    'export.write-failed',
    'env.changed',
    'wkd.write-failed',
  ],
  74: ['vault.write-failed', 'storage.full'],
  75: [
    'vault.in-use',
    'storage.locked',
    'hardware.card-busy',
    'hardware.timed-out',
    'wkd.unreachable',
    'wkd.timed-out',
  ],
  77: [
    'vault.passphrase-wrong',
    'vault.passphrase-short',
    'keys.too-weak',
    'keys.not-own',
    'keys.last-user-id',
    'openpgp.wrong-key',
    'openpgp.password-wrong',
    'openpgp.key-locked',
    'openpgp.recipient-unusable',
    'openpgp.peer-reads-no-v6',
    'openpgp.signer-unusable',
    'env.reader-unknown',
    'storage.refused',
    'storage.unreadable',
    'backup.wrong-key',
    'wkd.untrusted',
  ],
  130: ['vault.declined', 'openpgp.cancelled'],
}

const byCode = new Map(Object.entries(codes).flatMap(([exit, list]) => list.map((code) => [code, Number(exit)])))

/** A deployment's key that only the app can open: waiting does not help. */
export const isSealed = ({ code, params }: Failure): boolean =>
  code === 'storage.locked' && (params['reason'] === 'keychain' || params['reason'] === 'passphrase')

export const exitCodeOf = (failure: Failure): number => (isSealed(failure) ? 77 : (byCode.get(failure.code) ?? 1))
