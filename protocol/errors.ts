import { z } from 'zod'

/**
 * Every failure that crosses a boundary is a stable code and safe parameters (ids, limits, counts; never payloads).
 * `retry` says whether the same request may succeed later unchanged. Texts: renderer/i18n/{ja,en}/errors.json.
 */
export const errorCatalogue = {
  'input.invalid': { retry: false },
  'input.too-large': { retry: false },
  'input.not-utf8': { retry: false },
  'input.duplicate-key': { retry: false },
  'input.unsafe-number': { retry: false },
  'internal.unexpected': { retry: true },
  'protocol.unsupported': { retry: false },

  'link.offline': { retry: true },
  'link.time-out': { retry: true },
  'link.overloaded': { retry: true },
  'link.rate-limited': { retry: true },
  'outgoing.unavailable': { retry: true },
  'link.certificate-untrusted': { retry: false },
  'link.certificate-changed': { retry: false },

  'session.required': { retry: false },
  'session.secret-wrong': { retry: false },
  'session.token-wrong': { retry: false },
  'session.code-wrong': { retry: false },
  'session.code-expired': { retry: false },
  'session.code-standing': { retry: false },
  'session.proof-wrong': { retry: false },
  'session.locked': { retry: false },
  'session.key-needed': { retry: false },
  'session.expired': { retry: false },
  'session.ended': { retry: false },
  'session.too-many-attempts': { retry: true },
  'session.operator-unknown': { retry: false },
  'session.operator-exists': { retry: false },
  'session.token-exists': { retry: false },
  'session.token-unknown': { retry: false },
  'session.last-administrator': { retry: false },
  'session.certificate-unknown': { retry: false },
  'session.certificate-exists': { retry: false },
  'session.certificate-revoked': { retry: false },
  'session.certificate-expired': { retry: false },
  'session.certificate-invalid': { retry: false },
  'session.certificate-secret': { retry: false },
  'session.certificate-too-large': { retry: false },

  'command.unknown': { retry: false },
  'command.id-reused': { retry: false },
  'command.expired': { retry: false },
  'command.from-future': { retry: false },
  'command.wrong-context': { retry: false },
  'command.digest-mismatch': { retry: false },
  'command.signature-invalid': { retry: false },
  'command.key-unknown': { retry: false },
  'command.key-not-allowed': { retry: false },
  'command.not-permitted': { retry: false },
  'command.too-large': { retry: false },
  'command.outcome-unknown': { retry: false },
  'command.not-risk-allowed': { retry: false },

  'context-lock.format': { retry: false },
  'context-lock.packet': { retry: false },
  'context-lock.certificate-unknown': { retry: false },
  'context-lock.signature-wrong': { retry: false },
  'context-lock.hash-weak': { retry: false },
  'context-lock.key-invalid': { retry: false },
  'context-lock.key-not-for-signing': { retry: false },
  'context-lock.notation': { retry: false },
  'context-lock.expiry': { retry: false },
  'context-lock.purpose': { retry: false },
  'context-lock.operator': { retry: false },

  'collection.unknown': { retry: false },
  'collection.not-permitted': { retry: false },
  'collection.filter-invalid': { retry: false },

  'feed.ticket-wrong': { retry: false },
  'feed.slow': { retry: true },

  'hub.instance-unknown': { retry: false },
  'module.unknown': { retry: false },
  'module.essential': { retry: false },
  'module.stopped': { retry: true },
  'module.already-running': { retry: false },
  'module.already-stopped': { retry: false },
  'module.busy': { retry: true },

  'events.unknown': { retry: false },
  'events.already-acknowledged': { retry: false },
  'alerts.unknown': { retry: false },
  'alerts.rule-unknown': { retry: false },
  'alerts.rule-exists': { retry: false },
  'alerts.rule-built-in': { retry: false },
  'alerts.not-silenced': { retry: false },
  'alerts.already-acknowledged': { retry: false },
  'alerts.already-resolved': { retry: false },
  'alerts.silence-too-long': { retry: false },
  'alerts.silence-in-past': { retry: false },

  'sealed.not-ready': { retry: false },
  'sealed.custodians-changed': { retry: true },
  'sealed.not-custodian': { retry: false },
  'sealed.custodian-unknown': { retry: false },
  'sealed.custodian-exists': { retry: false },
  'sealed.certificate-unusable': { retry: false },
  'sealed.too-many-custodians': { retry: false },
  'sealed.would-lose': { retry: false },
  'sealed.recovery-unproved': { retry: false },
  'sealed.recovery-wrong': { retry: false },
  'sealed.subject-unknown': { retry: false },
  'sealed.erased': { retry: false },
  'sealed.term-running': { retry: false },
  'sealed.term-shorter': { retry: false },
  'sealed.not-recorded': { retry: false },
  'sealed.opening-expired': { retry: false },
  'sealed.no-key': { retry: false },
  'sealed.tampered': { retry: false },
  'sealed.rewrap-ended': { retry: false },
  'sealed.search-limited': { retry: true },

  'inbox.full': { retry: true },
  'storage.full': { retry: true },
  'storage.unavailable': { retry: true },
  'storage.refused': { retry: false },
  'storage.unreadable': { retry: false },
  'storage.locked': { retry: false },
  'storage.newer-version': { retry: false },
  'log.broken': { retry: false },
  'log.out-of-range': { retry: false },
  'log.note-malformed': { retry: false },
  'log.note-forged': { retry: false },
  'log.other-log': { retry: false },
  'log.unsigned': { retry: false },
  'log.not-included': { retry: false },
  'log.proof-malformed': { retry: false },
  'log.rewritten': { retry: false },
  'log.shorter': { retry: false },
  'log.seen-unreadable': { retry: false },
  'log.unseen': { retry: true },

  'bundle.not-a-bundle': { retry: false },
  'bundle.encrypted': { retry: false },
  'bundle.newer-version': { retry: false },
  'bundle.truncated': { retry: false },
  'bundle.damaged': { retry: false },
  'bundle.malformed': { retry: false },
  'bundle.changed': { retry: true },
  'bundle.cancelled': { retry: false },
  'bundle.no-key': { retry: false },

  'backup.not-a-backup': { retry: false },
  'backup.wrong-key': { retry: false },
  'backup.target-exists': { retry: false },

  'vault.locked': { retry: false },
  'vault.absent': { retry: false },
  'vault.exists': { retry: false },
  'vault.in-use': { retry: true },
  'vault.declined': { retry: false },
  'vault.passphrase-wrong': { retry: false },
  'vault.passphrase-short': { retry: false },
  'vault.no-terminal': { retry: false },
  'vault.unreadable': { retry: false },
  'vault.newer-version': { retry: false },
  'vault.unavailable': { retry: true },
  'vault.write-failed': { retry: true },
  'keys.unknown': { retry: false },
  'keys.ambiguous': { retry: false },
  'keys.exists': { retry: false },
  'keys.not-a-key': { retry: false },
  'keys.unsupported': { retry: false },
  'keys.secret-in-text': { retry: false },
  'keys.too-weak': { retry: false },
  'keys.not-own': { retry: false },
  'keys.user-id-exists': { retry: false },
  'keys.user-id-unknown': { retry: false },
  'keys.last-user-id': { retry: false },
  'keys.already-revoked': { retry: false },
  'keys.no-revocation': { retry: false },
  'keys.not-a-revocation': { retry: false },
  'keys.gnupg-missing': { retry: false },
  'keys.gnupg-failed': { retry: true },

  'replica.unavailable': { retry: true },
  'deployments.unknown': { retry: false },
  'deployments.exists': { retry: false },
  'deployments.cancelled': { retry: false },
  'deployments.unreachable': { retry: true },
  'deployments.addresses-differ': { retry: false },
  'deployments.credential-missing': { retry: false },
  'settings.invalid': { retry: false },
  'settings.port-taken': { retry: true },
  'settings.passphrase-wrong': { retry: false },
  'settings.passphrase-too-short': { retry: false },
  'export.cancelled': { retry: false },
  'export.write-failed': { retry: true },
  'file.not-chosen': { retry: false },
  'file.unreadable': { retry: true },
  'desktop.forbidden': { retry: false },
  'desktop.link-unknown': { retry: false },

  'openpgp.malformed': { retry: false },
  'openpgp.truncated': { retry: false },
  'openpgp.tampered': { retry: false },
  'openpgp.unprotected': { retry: false },
  'openpgp.unsupported': { retry: false },
  'openpgp.unsupported-bzip2': { retry: false },
  'openpgp.unsupported-libre': { retry: false },
  'openpgp.too-deep': { retry: false },
  'openpgp.too-large': { retry: false },
  'openpgp.argon2-too-costly': { retry: false },
  'openpgp.wrong-key': { retry: false },
  'openpgp.password-wrong': { retry: false },
  'openpgp.key-locked': { retry: false },
  'openpgp.recipient-unusable': { retry: false },
  'openpgp.peer-reads-no-v6': { retry: false },
  'openpgp.signer-unusable': { retry: false },
  'openpgp.not-signed': { retry: false },
  'openpgp.cancelled': { retry: false },
  'openpgp.write-failed': { retry: true },
  'openpgp.target-exists': { retry: false },
  'openpgp.read-failed': { retry: true },

  'messages.document-missing': { retry: false },

  'env.unknown': { retry: false },
  'env.name-invalid': { retry: false },
  'env.value-invalid': { retry: false },
  'env.reader-unknown': { retry: false },
  'env.changed': { retry: true },

  'hardware.no-daemon': { retry: true },
  'hardware.no-scdaemon': { retry: true },
  'hardware.daemon-gone': { retry: true },
  'hardware.protocol': { retry: false },
  'hardware.failed': { retry: true },
  'hardware.timed-out': { retry: true },
  'hardware.cancelled': { retry: true },
  'hardware.no-reader': { retry: true },
  'hardware.no-card': { retry: true },
  'hardware.other-card': { retry: true },
  'hardware.unplugged': { retry: true },
  'hardware.card-busy': { retry: true },
  'hardware.card-unreadable': { retry: false },
  'hardware.pin-wrong': { retry: true },
  'hardware.pin-wrong-left': { retry: true },
  'hardware.pin-blocked': { retry: false },
  'hardware.admin-pin-blocked': { retry: false },
  'hardware.pin-length': { retry: false },
  'hardware.touch-missed': { retry: true },
  'hardware.touch-fixed': { retry: false },
  'hardware.key-missing': { retry: false },
  'hardware.unsupported': { retry: false },
  'hardware.passphrase-wrong': { retry: true },
  'hardware.module-missing': { retry: false },
  'hardware.module-crashed': { retry: true },
  'hardware.module-hung': { retry: true },
  'hardware.token-missing': { retry: true },
  'hardware.token-failed': { retry: true },
  'hardware.token-login-lost': { retry: true },
  'hardware.token-changed': { retry: false },
  'hardware.module-foreign': { retry: false },
  'hardware.module-known': { retry: false },
  'hardware.needs-certificate': { retry: false },
  'hardware.card-empty': { retry: false },

  'wkd.address-invalid': { retry: false },
  'wkd.no-host': { retry: false },
  'wkd.not-found': { retry: false },
  'wkd.unreachable': { retry: true },
  'wkd.untrusted': { retry: false },
  'wkd.timed-out': { retry: true },
  'wkd.too-large': { retry: false },
  'wkd.too-many-redirects': { retry: false },
  'wkd.redirect-refused': { retry: false },
  'wkd.refused': { retry: true },
  'wkd.malformed': { retry: false },
  'wkd.other-address': { retry: false },
  'wkd.write-failed': { retry: true },
} as const

export type ErrorCode = keyof typeof errorCatalogue

export const errorCodes = Object.keys(errorCatalogue) as readonly ErrorCode[]

export type SafeParams = Readonly<Record<string, string | number | boolean>>

/** A failure as a value. */
export interface Failure {
  readonly code: ErrorCode
  readonly params: SafeParams
}

/** Its type is given a name: written out, the list of codes would stand at each use of it in the contracts' types. */
export const failureSchema: z.ZodType<Failure, Failure> = z.strictObject({
  code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

/** The thrown form of a failure, for code that has to unwind. Its message is the code, so logs never carry payloads. */
export class LibralError extends Error {
  readonly code: ErrorCode
  readonly params: SafeParams

  constructor(code: ErrorCode, params: SafeParams = {}, options?: ErrorOptions) {
    super(code, options)
    this.name = 'LibralError'
    this.code = code
    this.params = params
  }

  get failure(): Failure {
    return { code: this.code, params: this.params }
  }
}

/** The failure behind anything thrown; what is not ours becomes `internal.unexpected` without its message. */
export const failureOf = (thrown: unknown): Failure =>
  thrown instanceof LibralError ? thrown.failure : { code: 'internal.unexpected', params: {} }
