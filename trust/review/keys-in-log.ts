import type { z } from 'zod'
import { proposed } from '#protocol/approvals.ts'
import type { Finding } from '#protocol/audit.ts'
import { type CertificateEnd, certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { OpenpgpSignature, Signature, Statement } from '#protocol/command.ts'
import type { Entry, LoggedEvent } from '#protocol/entry.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { logKeyReplaced, logOpened, logRestored, type Restoration, servicesCertified } from '#protocol/log.ts'
import {
  operatorChanged,
  operatorRegistered,
  sessionEnded,
  sessionOpened,
  sessionOpenedBefore,
} from '#protocol/session.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { keyIdOf, type VerifyEd25519, verify } from '../ed25519.ts'
import { isSigned } from '../log-keys.ts'
import { registeredKey } from '../openpgp/certificate.ts'
import { isRestoration } from '../restoration.ts'
import { type SignedBy, signedBy } from '../restoration-signer.ts'
import { signedBytesOver, statementBytes } from '../statement.ts'

/** Verifies one signature of an entry; never throws. */
export type Verifying = () => boolean | Promise<boolean>

/** Which keys a log itself certifies, as it is read from its beginning. */
export interface KeysInLog {
  /** Named by entry 0; null before. */
  deployment(): DeploymentId | null
  /** Of entry 0, or the one that it gave way to by the signatures of both. */
  logKey(): Uint8Array | null
  /** How this signature is to be verified, or why it can't count. `canonical`: bytes that are known already. */
  verifying(
    command: Entry['command'],
    signature: Signature,
    at: Instant,
    canonical?: { readonly statement: Uint8Array; readonly params: Uint8Array | null },
  ): Verifying | Extract<Finding['code'], `key-${string}`>
  /**
   * Fingerprint of the certificate on which a signature rests: its own, or the one that certified the session key; null
   * for a key of another kind. Asked before the entry is learnt.
   */
  certificateBehind(signature: Signature): string | null
  /** How a certificate stands by what was read so far; null: nothing registered it. */
  certificate(fingerprint: string): CertificateStanding | null
  /** Every id that the log had, the first one first, each with the break that began it. */
  ids(): readonly LogId[]
  /** Every key of the log, the first one first. */
  logKeys(): readonly Uint8Array[]
  /** Takes in what an entry's events certify and end. */
  learn(entry: Entry): void
}

export interface CertificateStanding {
  readonly operator: string
  /** `compromised` puts everything in doubt that ever rested on it, `retired` what comes later. */
  readonly ended: { readonly index: number; readonly at: Instant; readonly reason: CertificateEnd } | null
}

export interface LogId {
  readonly deployment: DeploymentId
  /** null: the genesis. */
  readonly restored: {
    readonly index: number
    readonly restoration: Restoration
    /** By whom the explanation is signed, as the log knew people before. */
    readonly signedBy: Promise<SignedBy>
  } | null
}

interface Service {
  readonly service: string
  readonly publicKey: Uint8Array
  readonly commands: ReadonlySet<string>
}
interface Session {
  readonly operator: string
  readonly certificate: string | null
  readonly publicKey: Uint8Array
  readonly expiresAt: number
}

const dataOf = <Schema extends z.ZodType>(schema: Schema, { data }: LoggedEvent): z.infer<Schema> | null => {
  const parsed = schema.safeParse(data)
  return parsed.success ? parsed.data : null
}

/** @param verifyEd25519 at once for who has a thread of its own, else on the thread pool */
export const createKeysInLog = (verifyEd25519: VerifyEd25519 = verify): KeysInLog => {
  let deployment: DeploymentId | null = null
  let logKey: Uint8Array | null = null
  let reading: Pick<Entry, 'index' | 'at'> = { index: 0, at: 0 }
  const ids: LogId[] = []
  const logKeys: Uint8Array[] = []
  const roles = new Map<string, readonly string[]>()
  const standings = new Map<string, CertificateStanding>()
  const services = new Map<string, Service>()
  const sessions = new Map<string, Session>()
  const certificates = new Map<string, Promise<KnownCertificate>>()
  /** A command that waited for approvals was signed in time when it was proposed, which is when its signature is judged. */
  const proposedAt = new Map<string, Instant>()

  const certify = (list: z.infer<typeof servicesCertified.data>['services']): void => {
    for (const { service, key, commands } of list) {
      const publicKey = fromBase64url(key)
      services.set(keyIdOf(publicKey), { service, publicKey, commands: new Set(commands) })
    }
  }

  const open = (data: z.infer<typeof sessionOpenedBefore.data> | z.infer<typeof sessionOpened.data> | null): void => {
    if (data === null) return
    const certificate = 'certificate' in data ? data.certificate : null
    sessions.set(data.key, { ...data, certificate, publicKey: fromBase64url(data.publicKey) })
  }

  const person = (data: z.infer<typeof operatorRegistered.data> | null): void => {
    if (data !== null) roles.set(data.operator, data.disabled ? [] : data.roles)
  }
  /** As the log stands now: who explains a break was an administrator before it. */
  const known = async (fingerprint: string) => {
    const [standing, held] = [standings.get(fingerprint), standings.get(fingerprint)?.operator]
    const administrator = held !== undefined && roles.get(held)?.includes('administrator') === true
    const certificate = standing?.ended === null ? certificates.get(fingerprint) : undefined
    return certificate === undefined ? null : { ...(await certificate), administrator }
  }
  const hasEnded = (fingerprint: string | null): boolean =>
    fingerprint !== null && (standings.get(fingerprint)?.ended ?? null) !== null

  const readers: Readonly<Record<string, (event: LoggedEvent) => void>> = {
    [logOpened.type]: (event) => {
      const data = dataOf(logOpened.data, event)
      if (data === null || logKey !== null) return
      deployment = data.deployment
      logKey = fromBase64url(data.logKey)
      logKeys.push(logKey)
      ids.push({ deployment, restored: null })
      certify(data.services)
    },
    [logKeyReplaced.type]: (event) => {
      const data = dataOf(logKeyReplaced.data, event)
      // Both keys signed it; without that, whoever else wrote the entry could name any key.
      const holds = data !== null && data.deployment === deployment && isSigned(data)
      if (!holds || logKey === null || data.previous !== toBase64url(logKey)) return
      logKey = fromBase64url(data.logKey)
      logKeys.push(logKey)
    },
    [logRestored.type]: (event) => {
      const data = dataOf(logRestored.data, event)
      if (data === null || logKey === null || data.logKey !== toBase64url(logKey) || !isRestoration(data)) return
      const { previous, size, context } = data.statement
      if (previous !== deployment || size !== reading.index) return
      deployment = context
      const { index } = reading
      ids.push({ deployment, restored: { index, restoration: data, signedBy: signedBy(data, known) } })
    },
    [operatorRegistered.type]: (event) => person(dataOf(operatorRegistered.data, event)),
    [operatorChanged.type]: (event) => person(dataOf(operatorChanged.data, event)),
    [servicesCertified.type]: (event) => certify(dataOf(servicesCertified.data, event)?.services ?? []),
    [sessionOpenedBefore.type]: (event) => open(dataOf(sessionOpenedBefore.data, event)),
    [sessionOpened.type]: (event) => open(dataOf(sessionOpened.data, event)),
    [sessionEnded.type]: (event) => {
      const data = dataOf(sessionEnded.data, event)
      if (data !== null) sessions.delete(data.key)
    },
    [certificateRegistered.type]: (event) => {
      const data = dataOf(certificateRegistered.data, event)
      if (data === null) return
      const { operator, certificate } = data
      const known = registeredKey(certificate).then((key) => ({ key, operator, ended: null }))
      // What can't be read verifies nothing: whoever asks for it hears so.
      known.catch(() => undefined)
      certificates.set(data.fingerprint, known)
      // A revoked one is never registered again, whatever the entry says.
      standings.set(data.fingerprint, { operator, ended: standings.get(data.fingerprint)?.ended ?? null })
    },
    [certificateRevoked.type]: (event) => {
      const data = dataOf(certificateRevoked.data, event)
      if (data === null) return
      const { operator } = standings.get(data.fingerprint) ?? data
      standings.set(data.fingerprint, { operator, ended: { ...reading, reason: data.reason } })
    },
  }

  const logSigned = ({ command }: Statement, key: string): Uint8Array | 'key-unknown' | 'key-not-allowed' => {
    if (logKey === null || keyIdOf(logKey) !== key) return 'key-unknown'
    return command.startsWith('log.') ? logKey : 'key-not-allowed'
  }
  const serviceSigned = ({ command, operator }: Statement, key: string) => {
    const known = services.get(key)
    if (known === undefined) return 'key-unknown'
    const allowed = operator === `service:${known.service}` && known.commands.has(command)
    return allowed ? known.publicKey : 'key-not-allowed'
  }
  const sessionSigned = ({ operator, issuedAt }: Statement, key: string) => {
    const known = sessions.get(key)
    if (known === undefined) return 'key-unknown'
    const stands = issuedAt < known.expiresAt && !(known.certificate !== null && hasEnded(known.certificate))
    return operator === known.operator && stands ? known.publicKey : 'key-not-allowed'
  }

  const ed25519Key = ({ kind, key }: Exclude<Signature, OpenpgpSignature>, statement: Statement) => {
    if (kind === 'log') return logSigned(statement, key)
    return kind === 'service' ? serviceSigned(statement, key) : sessionSigned(statement, key)
  }

  /** Judged at the entry's time, against the certificate as it stood then: a later revocation is the reader's to weigh. */
  const locked =
    (
      command: Entry['command'],
      { value }: OpenpgpSignature,
      { statement, params }: { readonly statement: Uint8Array; readonly params: Uint8Array | null },
      known: Promise<KnownCertificate>,
      at: Instant,
      // As it is at the entry: a restored backup later in the log has another.
      context = deployment,
    ): Verifying =>
    async () => {
      if (context === null) return false
      const signed = {
        statement,
        says: command.statement,
        signature: fromBase64url(value),
        bound: !('params' in command)
          ? null
          : params === null
            ? command
            : { salt: command.salt, canonicalParams: params },
      }
      const certificate = await known.catch(() => null)
      if (certificate === null) return false
      const expected = { context, purpose: 'command', at, certificates: [certificate], verifyEd25519 }
      return (await verifyContextLock(signed, expected)).valid
    }

  return {
    deployment: () => deployment,
    logKey: () => logKey,
    verifying: (command, signature, at, known) => {
      const canonical = known ?? { statement: statementBytes(command.statement), params: null }
      if (signature.kind === 'openpgp') {
        const certificate = certificates.get(signature.key)
        if (certificate === undefined) return 'key-unknown'
        if (hasEnded(signature.key)) return 'key-not-allowed'
        return locked(command, signature, canonical, certificate, proposedAt.get(command.statement.id) ?? at)
      }
      const key = ed25519Key(signature, command.statement)
      if (typeof key === 'string') return key
      return () => verifyEd25519(key, signedBytesOver(canonical.statement), fromBase64url(signature.value))
    },
    certificateBehind: ({ kind, key }) => {
      if (kind === 'openpgp') return key
      return kind === 'session' ? (sessions.get(key)?.certificate ?? null) : null
    },
    certificate: (fingerprint) => standings.get(fingerprint) ?? null,
    ids: () => ids,
    logKeys: () => logKeys,
    learn: ({ index, at, events }) => {
      reading = { index, at }
      for (const event of events) {
        readers[event.type]?.(event)
        const proposal = event.type === proposed.type ? dataOf(proposed.data, event) : null
        if (proposal !== null) proposedAt.set(proposal.id, at)
      }
    },
  }
}
