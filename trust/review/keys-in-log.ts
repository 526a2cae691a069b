import type { z } from 'zod'
import { proposed } from '#protocol/approvals.ts'
import type { Finding } from '#protocol/audit.ts'
import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { OpenpgpSignature, Signature, Statement } from '#protocol/command.ts'
import type { Entry, LoggedEvent } from '#protocol/entry.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { logKeyReplaced, logOpened, servicesCertified } from '#protocol/log.ts'
import { sessionEnded, sessionOpened, sessionOpenedBefore } from '#protocol/session.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { type KnownCertificate, verifyContextLock } from '../context-lock.ts'
import { keyIdOf, verify } from '../ed25519.ts'
import { isSigned } from '../log-keys.ts'
import { registeredKey } from '../openpgp/certificate.ts'
import { signedBytesOver, statementBytes } from '../statement.ts'

/** Verifies one signature of an entry; never throws. */
export type Verifying = () => boolean | Promise<boolean>

/** Which keys a log itself certifies, as it is read from its beginning. */
export interface KeysInLog {
  /** Named by entry 0; null before. */
  deployment(): DeploymentId | null
  /** Of entry 0, or the one that it gave way to by the signatures of both. */
  logKey(): Uint8Array | null
  /** How this signature is to be verified, or why it can't count. `statement`: its canonical bytes, where they are known. */
  verifying(
    command: Entry['command'],
    signature: Signature,
    at: Instant,
    statement?: Uint8Array,
  ): Verifying | Extract<Finding['code'], `key-${string}`>
  /** Takes in what an entry's events certify and end. */
  learn(entry: Entry): void
}

interface Service {
  readonly service: string
  readonly publicKey: Uint8Array
  readonly commands: ReadonlySet<string>
}
interface Session {
  readonly operator: string
  readonly publicKey: Uint8Array
  readonly expiresAt: number
}

const dataOf = <Schema extends z.ZodType>(schema: Schema, { data }: LoggedEvent): z.infer<Schema> | null => {
  const parsed = schema.safeParse(data)
  return parsed.success ? parsed.data : null
}

/** Events that say something about keys: what a review of entries has to learn before it judges later ones. */
export const keyEvents: ReadonlySet<string> = new Set(
  [
    logOpened,
    logKeyReplaced,
    servicesCertified,
    sessionOpenedBefore,
    sessionOpened,
    sessionEnded,
    certificateRegistered,
    certificateRevoked,
    // Says when a command was signed that is carried out later.
    proposed,
  ].map(({ type }) => type),
)

/** @param verifyEd25519 at once for who has a thread of its own, else on the thread pool */
export const createKeysInLog = (
  verifyEd25519: (key: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean> = verify,
): KeysInLog => {
  let deployment: DeploymentId | null = null
  let logKey: Uint8Array | null = null
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
    if (data !== null) sessions.set(data.key, { ...data, publicKey: fromBase64url(data.publicKey) })
  }

  const readers: Readonly<Record<string, (event: LoggedEvent) => void>> = {
    [logOpened.type]: (event) => {
      const data = dataOf(logOpened.data, event)
      if (data === null || logKey !== null) return
      deployment = data.deployment
      logKey = fromBase64url(data.logKey)
      certify(data.services)
    },
    [logKeyReplaced.type]: (event) => {
      const data = dataOf(logKeyReplaced.data, event)
      // Both keys signed it; without that, whoever else wrote the entry could name any key.
      const holds = data !== null && data.deployment === deployment && isSigned(data)
      if (holds && logKey !== null && data.previous === toBase64url(logKey)) logKey = fromBase64url(data.logKey)
    },
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
    },
    [certificateRevoked.type]: (event) => {
      const data = dataOf(certificateRevoked.data, event)
      if (data !== null) certificates.delete(data.fingerprint)
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
    return operator === known.operator && issuedAt < known.expiresAt ? known.publicKey : 'key-not-allowed'
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
      statement: Uint8Array,
      known: Promise<KnownCertificate>,
      at: Instant,
    ): Verifying =>
    async () => {
      if (deployment === null) return false
      const signed = {
        statement,
        signature: fromBase64url(value),
        bound: 'params' in command ? command : null,
      }
      const certificate = await known.catch(() => null)
      if (certificate === null) return false
      const expected = { context: deployment, purpose: 'command', at, certificates: [certificate] }
      return (await verifyContextLock(signed, expected)).valid
    }

  return {
    deployment: () => deployment,
    logKey: () => logKey,
    verifying: (command, signature, at, statement = statementBytes(command.statement)) => {
      if (signature.kind === 'openpgp') {
        const known = certificates.get(signature.key)
        return known === undefined
          ? 'key-unknown'
          : locked(command, signature, statement, known, proposedAt.get(command.statement.id) ?? at)
      }
      const key = ed25519Key(signature, command.statement)
      if (typeof key === 'string') return key
      return () => verifyEd25519(key, signedBytesOver(statement), fromBase64url(signature.value))
    },
    learn: ({ events, at }) => {
      for (const event of events) {
        readers[event.type]?.(event)
        const proposal = event.type === proposed.type ? dataOf(proposed.data, event) : null
        if (proposal !== null) proposedAt.set(proposal.id, at)
      }
    },
  }
}
