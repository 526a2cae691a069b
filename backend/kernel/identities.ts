import { waiting } from '#protocol/approvals.ts'
import { type CertificateRow, certificateRefusal, certificates } from '#protocol/certificates.ts'
import type { Json } from '#protocol/command.ts'
import type { CommandId, KeyId, OperatorId } from '#protocol/ids.ts'
import { type OperatorRow, operators, type SessionRow, sessions } from '#protocol/session.ts'
import type { Reader, StoredRow } from '../storage/port.ts'
import type { Principal } from './kernel.ts'

/**
 * Session keys, operators, their certificates and which commands have an open proposal, kept in memory from the committed rows and nothing else, so that the door needs no read
 * for each command. The group commit judges them again over the rows themselves.
 */
export interface Identities {
  session(key: KeyId): SessionRow | undefined
  operator(operator: OperatorId): OperatorRow | undefined
  certificate(fingerprint: string): CertificateRow | undefined
  /** Whether a proposal of the command with this id is open. */
  waits(id: CommandId): boolean
  /** The person behind a key at this time; undefined when unknown, ended, expired or disabled. */
  principal(key: KeyId, at: number): Principal | undefined
  /** Takes over committed rows; `null` deletes. */
  apply(collection: string, key: string, value: Json | null): void
  /** Takes these rows of a collection instead of all that it had. */
  replace(collection: string, rows: readonly StoredRow[]): void
  /** Told after sessions, operators or certificates changed. */
  onChange(listener: () => void): () => void
}

export const createIdentities = (): Identities => {
  const byKey = new Map<string, SessionRow>()
  const byOperator = new Map<string, OperatorRow>()
  const byFingerprint = new Map<string, CertificateRow>()
  const open = new Map<string, unknown>()
  const listeners = new Set<() => void>()
  const tables: Readonly<Record<string, Map<string, unknown>>> = {
    [sessions.name]: byKey,
    [operators.name]: byOperator,
    [certificates.name]: byFingerprint,
    [waiting.name]: open,
  }
  return {
    session: (key) => byKey.get(key),
    operator: (operator) => byOperator.get(operator),
    certificate: (fingerprint) => byFingerprint.get(fingerprint),
    waits: (id) => open.has(id),
    principal: (key, at) => {
      const session = byKey.get(key)
      if (!session || session.endedAt !== null || session.expiresAt <= at) return undefined
      const { certificate } = session
      if (certificate !== null && certificateRefusal(byFingerprint.get(certificate), at) !== null) return undefined
      const operator = byOperator.get(session.operator)
      if (!operator || operator.disabled) return undefined
      const { name, roles } = operator
      return { operator: session.operator, name, roles, key, expiresAt: session.expiresAt }
    },
    apply: (collection, key, value) => {
      const table = tables[collection]
      if (!table) return
      if (value === null) table.delete(key)
      else table.set(key, value)
      if (table !== open) for (const listener of listeners) listener()
    },
    replace: (collection, rows) => {
      const table = tables[collection]
      if (!table) return
      table.clear()
      for (const { key, value } of rows) table.set(key, value)
      for (const listener of listeners) listener()
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The rows that the cache is made of, as they are served now; the answer puts them in at once. */
export const loadIdentities = async (
  identities: Identities,
  storage: Reader,
  epochOf: (collection: string) => number | undefined,
): Promise<() => void> => {
  const found = new Map<string, StoredRow[]>()
  for (const { name } of [sessions, operators, certificates, waiting]) {
    const epoch = epochOf(name)
    const rows: StoredRow[] = []
    for (let after: string | null | undefined = null; epoch !== undefined && after !== undefined; ) {
      const page: readonly StoredRow[] = await storage.rows.page(name, epoch, after, 1_000)
      rows.push(...page)
      after = page.at(-1)?.key
    }
    found.set(name, rows)
  }
  return () => {
    for (const [name, rows] of found) identities.replace(name, rows)
  }
}
