import { type CertificateRow, certificateRefusal } from '#protocol/certificates.ts'
import type { Ed25519Signature, Signature, Statement } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant, OperatorId } from '#protocol/ids.ts'
import type { OperatorRow, SessionRow } from '#protocol/session.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'
import type { Actor } from './authorise.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import type { ModuleDefinition } from './module.ts'

export const serviceOperator = (module: string): OperatorId => `service:${module}` as OperatorId
export const logOperator = serviceOperator('log')

/** A service key as the log certifies it. */
export interface CertifiedService {
  readonly service: string
  /** base64url */
  readonly key: string
  readonly commands: readonly string[]
}

/** What this build's services may sign, in a fixed order, so that it can be compared with what is certified. */
export const servicesOf = (modules: readonly ModuleDefinition[], keys: DeploymentKeys): readonly CertifiedService[] =>
  modules
    .filter((module) => module.signs.length > 0)
    .map(({ manifest, signs }) => ({
      service: manifest.name,
      key: toBase64url(keys.service(manifest.name).publicKey),
      commands: signs.map((command) => command.name).sort(),
    }))
    .sort((one, other) => (one.service < other.service ? -1 : 1))

/** Where the rows that a judgement needs come from: memory at the door, the transaction in the group commit. */
export interface StandingRows {
  session(key: string): SessionRow | undefined
  operator(operator: string): OperatorRow | undefined
  certificate(fingerprint: string): CertificateRow | undefined
}

/** The keys of this deployment: which public key a signature must verify under, and who acts by it. */
export interface SigningKeys {
  /** @throws LibralError `command.key-unknown` */
  publicKey(signature: Ed25519Signature, rows: StandingRows): Uint8Array
  /** @throws LibralError `command.key-unknown`, `command.key-not-allowed`, `session.ended`, `session.expired`,
   *   `session.certificate-revoked`, `session.certificate-expired`, `session.operator-unknown`,
   *   `command.not-permitted` (operator disabled) */
  actor(statement: Statement, signature: Signature, at: Instant, rows: StandingRows): Actor
}

export const createSigningKeys = (keys: DeploymentKeys, services: readonly CertifiedService[]): SigningKeys => {
  const certified = new Map(
    services.map((service) => [
      keys.service(service.service).keyId as string,
      {
        publicKey: fromBase64url(service.key),
        actor: {
          kind: 'service',
          operator: serviceOperator(service.service),
          commands: new Set(service.commands),
        } as const,
      },
    ]),
  )
  /** By row: a change puts another row in its place. */
  const decoded = new WeakMap<SessionRow, Uint8Array>()
  const sessionKey = (row: SessionRow): Uint8Array => {
    const known = decoded.get(row)
    if (known) return known
    const bytes = fromBase64url(row.publicKey)
    decoded.set(row, bytes)
    return bytes
  }
  const publicKey: SigningKeys['publicKey'] = ({ kind, key }, rows) => {
    if (kind === 'session') return sessionKey(sessionOf(key, rows))
    if (kind === 'service') return certified.get(key)?.publicKey ?? unknownKey()
    return key === keys.log.keyId ? keys.log.publicKey : unknownKey()
  }
  const actor: SigningKeys['actor'] = (statement, { kind, key }, at, rows) => {
    if (kind === 'session') return bySession(statement, sessionOf(key, rows), at, rows)
    if (kind === 'openpgp') return byCertificate(statement, rows.certificate(key) ?? unknownKey(), at, rows)
    const known =
      kind === 'service'
        ? certified.get(key)?.actor
        : key === keys.log.keyId && ({ kind: 'log', operator: logOperator } as const)
    if (!known) return unknownKey()
    if (statement.operator !== known.operator) throw new LibralError('command.key-not-allowed')
    return known
  }
  return { publicKey, actor }
}

const unknownKey = (): never => {
  throw new LibralError('command.key-unknown')
}

const sessionOf = (key: string, rows: StandingRows): SessionRow => rows.session(key) ?? unknownKey()

const bySession = (statement: Statement, session: SessionRow, at: Instant, rows: StandingRows): Actor => {
  const { certificate } = session
  if (session.endedAt !== null) throw new LibralError('session.ended')
  if (session.expiresAt <= at) throw new LibralError('session.expired')
  if (certificate !== null && certificateRefusal(rows.certificate(certificate), at) !== null) {
    throw new LibralError('session.ended')
  }
  return person(statement, session.operator, rows)
}

const byCertificate = (statement: Statement, row: CertificateRow, at: Instant, rows: StandingRows): Actor => {
  const refused = certificateRefusal(row, at)
  if (refused !== null) throw new LibralError(refused)
  return person(statement, row.operator, rows)
}

const person = (statement: Statement, owner: OperatorId, rows: StandingRows): Actor => {
  if (statement.operator !== owner) throw new LibralError('command.key-not-allowed')
  const operator = rows.operator(owner)
  if (!operator) throw new LibralError('session.operator-unknown')
  if (operator.disabled) throw new LibralError('command.not-permitted')
  return { kind: 'person', operator: owner, roles: operator.roles }
}
