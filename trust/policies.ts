import type { Entry } from '#protocol/entry.ts'
import type { Instant, OperatorId } from '#protocol/ids.ts'
import { policyPublished } from '#protocol/policy.ts'
import { sha256, toBase64url, utf8 } from './bytes.ts'

/** Name of a policy set: SHA-256 over the UTF-8 bytes of its text, base64url. */
export const policyHash = (text: string): string => toBase64url(sha256(utf8(text)))

/** One stretch of the log under one policy set. */
export interface PolicyVersion {
  readonly hash: string
  /** Counts from 1; null for what was in force before the log held policies. */
  readonly version: number | null
  /** null where the log does not hold it. */
  readonly text: string | null
  readonly note: string | null
  /** It came with the build of the backend; nobody published it. */
  readonly seed: boolean
  readonly by: OperatorId | null
  readonly at: Instant | null
  /** The entry that published it: the entries after it name it. */
  readonly index: number
}

/** What is wrong about an entry's policy. */
export interface PolicyFault {
  readonly index: number
  /** `other`: it names another set than the one in force. `text`: what was published is not what its hash names. */
  readonly reason: 'other' | 'text'
}

export interface PolicyHistory {
  /** In the order in which they came into force; a set that came back stands again. */
  readonly versions: readonly PolicyVersion[]
  readonly faults: readonly PolicyFault[]
  /** The set under which an entry was authorised. */
  at(index: number): PolicyVersion | undefined
  /** By name: the first version that had it. */
  byHash(hash: string): PolicyVersion | undefined
}

/** Follows the policy through entries that come one after the other; for logs that do not fit into memory. */
export interface PolicyReader {
  take(entry: Pick<Entry, 'index' | 'at' | 'policy' | 'command' | 'events'>): void
  /** Grows with what is taken. */
  history(): PolicyHistory
}

/**
 * Reads from entries alone which policy set was in force when. Of a stretch that begins after the log's beginning the
 * first hash is taken as it stands, and its text is unknown.
 */
export const createPolicyReader = (): PolicyReader => {
  const versions: PolicyVersion[] = []
  const faults: PolicyFault[] = []
  let inForce: string | undefined
  // Asked for at each entry of a review, so nothing is copied.
  const history: PolicyHistory = {
    versions,
    faults,
    at: (index) => versions.findLast((version) => version.index < index),
    byHash: (hash) => versions.find((version) => version.hash === hash && version.text !== null),
  }
  return {
    take: ({ index, at, policy, command, events }) => {
      const before = { version: null, text: null, note: null, seed: false, by: null, at: null }
      if (inForce === undefined) versions.push({ ...before, hash: policy, index: index - 1 })
      else if (inForce !== policy) faults.push({ index, reason: 'other' })
      inForce ??= policy
      for (const { type, data } of events) {
        if (type !== policyPublished.type) continue
        const read = policyPublished.data.safeParse(data)
        if (!read.success || policyHash(read.data.text) !== read.data.hash) {
          faults.push({ index, reason: 'text' })
          continue
        }
        const { hash, version, text, note, seed } = read.data
        versions.push({ hash, version, text, note, seed, by: command.statement.operator, at, index })
        inForce = hash
      }
    },
    history: () => history,
  }
}

/** The same over entries that are all at hand, in order. */
export const policyHistory = (entries: Iterable<Parameters<PolicyReader['take']>[0]>): PolicyHistory => {
  const reader = createPolicyReader()
  for (const entry of entries) reader.take(entry)
  return reader.history()
}
