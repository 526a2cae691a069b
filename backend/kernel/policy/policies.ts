import type { CommandDefinition, Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { OperatorId } from '#protocol/ids.ts'
import {
  type PolicyCheck,
  type PolicyInForceRow,
  type PolicyVersionRow,
  policyInForce,
  policyInForceKey,
  policyVersionKey,
  policyVersions,
} from '#protocol/policy.ts'
import { administrators, administratorsKey } from '#protocol/session.ts'
import { policyHash } from '#trust/policies.ts'
import type { Reader } from '../../storage/port.ts'
import type { Authorise } from '../authorise.ts'
import { createAuthorise } from '../authorise.ts'
import type { EpochOf } from '../overlay.ts'
import type { Cedar } from './cedar.ts'
import { checkDraft, problemsOf } from './check.ts'
import { createEngine, type PolicyEngine } from './engine.ts'

/** Where judging finds which set is in force: memory at the door, the transaction in the group commit. */
export interface PolicyRows {
  inForce(): PolicyInForceRow | undefined
  administrators(): readonly OperatorId[]
}

/** The sets that this process can judge by, and which of them is in force as far as memory knows. */
export interface Policies {
  /** What memory holds of the committed rows. */
  readonly rows: PolicyRows
  /** Judges by the set that these rows say is in force. */
  authorise(rows: PolicyRows): Authorise
  /** Hash of the set in force; of the seed while the log holds none. */
  hash(rows: PolicyRows): string
  /** An engine that is kept under its hash. @throws LibralError `policy.broken` */
  engine(text: string): PolicyEngine
  known(hash: string): boolean
  /** Takes a text over from the log; one that can't be read is kept as broken: whatever asks it is refused. */
  learn(text: string): void
  readonly seed: string
  problems(text: string): ReturnType<typeof problemsOf>
  check(text: string): Promise<PolicyCheck>
  /** Takes over committed rows. */
  apply(collection: string, key: string, value: Json | null): void
  /** The rows that memory is made of, as they are served now; the answer puts them in at once. */
  load(reader: Reader, epochOf: EpochOf): Promise<() => void>
  /** Told after another set came into force. */
  onChange(listener: () => void): () => void
  /** The set in force can't be judged: nothing is permitted to anyone. */
  readonly broken: () => boolean
}

export interface PoliciesDeps {
  readonly cedar: Cedar
  /** The text that this build brings along. */
  readonly seed: string
  /** Of every module of this build. */
  readonly commands: readonly CommandDefinition[]
  readonly failed: (hash: string, reason: unknown) => void
}

/** Checks of texts that are kept: the door checks what the group commit judges again. */
const checksKept = 32

export const createPolicies = ({ cedar, seed, commands, failed }: PoliciesDeps): Policies => {
  const engines = new Map<string, PolicyEngine | LibralError>()
  const checked = new Map<string, ReturnType<typeof problemsOf>>()
  const listeners = new Set<() => void>()
  let current: PolicyInForceRow | undefined
  let inCharge: readonly OperatorId[] = []
  let drafting: Promise<unknown> = Promise.resolve()

  const engine = (text: string): PolicyEngine => {
    const hash = policyHash(text)
    const kept = engines.get(hash)
    if (kept && !(kept instanceof LibralError)) return kept
    const made = createEngine(cedar, text)
    engines.set(hash, made)
    return made
  }
  const learn = (text: string): void => {
    try {
      engine(text)
    } catch (reason) {
      const hash = policyHash(text)
      engines.set(hash, new LibralError('policy.broken', {}, { cause: reason }))
      failed(hash, reason)
    }
  }
  learn(seed)
  const seedHash = policyHash(seed)
  const hash = (rows: PolicyRows): string => rows.inForce()?.hash ?? seedHash
  const engineBy = (rows: PolicyRows): PolicyEngine => {
    const found = engines.get(hash(rows))
    if (found && !(found instanceof LibralError)) return found
    throw found ?? new LibralError('policy.broken', { reason: 'unknown' })
  }
  const rows: PolicyRows = { inForce: () => current, administrators: () => inCharge }
  const put = (collection: string, value: Json | null): void => {
    if (collection === policyVersions.name && value) learn((value as unknown as PolicyVersionRow).text)
    if (collection === policyInForce.name) current = (value ?? undefined) as unknown as PolicyInForceRow | undefined
    if (collection === administrators.name) {
      inCharge = (value as unknown as { readonly operators: readonly OperatorId[] } | null)?.operators ?? []
    }
  }
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const watched: ReadonlySet<string> = new Set([policyVersions.name, policyInForce.name, administrators.name])
  return {
    rows,
    authorise: (of) =>
      createAuthorise(({ operator, roles }, wish) =>
        engineBy(of).judge({ operator, roles, administrators: of.administrators().length }, wish),
      ),
    hash,
    engine,
    known: (wanted) => engines.has(wanted),
    learn,
    seed,
    problems: (text) => {
      const textHash = policyHash(text)
      const kept = checked.get(textHash)
      if (kept) return kept
      const problems = problemsOf(cedar, text, commands)
      if (checked.size >= checksKept) checked.clear()
      checked.set(textHash, problems)
      return problems
    },
    // One after the other: all drafts share one place in the engine.
    check: (text) => {
      const next = drafting.then(() => checkDraft(cedar, text, commands, inCharge))
      drafting = next.catch(() => undefined)
      return next
    },
    apply: (collection, _key, value) => {
      if (!watched.has(collection)) return
      put(collection, value)
      tell()
    },
    load: async (reader, epochOf) => {
      const get = async (collection: string, key: string): Promise<Json | null> => {
        const epoch = epochOf(collection)
        if (epoch === undefined) return null
        return [...(await reader.rows.get([{ collection, epoch, key }])).values()][0] ?? null
      }
      const row = await get(policyInForce.name, policyInForceKey)
      const { version } = (row ?? { version: 0 }) as { readonly version: number }
      const text = row && (await get(policyVersions.name, policyVersionKey(version)))
      const people = await get(administrators.name, administratorsKey)
      return () => {
        put(policyVersions.name, text)
        put(policyInForce.name, row)
        put(administrators.name, people)
        tell()
      }
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    broken: () => {
      try {
        engineBy(rows)
        return false
      } catch {
        return true
      }
    },
  }
}
