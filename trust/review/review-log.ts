import type { Finding } from '#protocol/audit.ts'
import type { RestoreStatement } from '#protocol/log.ts'
import { equalBytes, fromBase64url } from '../bytes.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import type { SignedBy } from '../restoration-signer.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { judgeEntry } from './judge-entry.ts'
import { createKeysInLog, type KeysInLog, type LogId } from './keys-in-log.ts'

/** An entry as it is stored: its bytes, and the hash that was kept beside them. */
export interface Stored {
  readonly bytes: Uint8Array
  readonly leaf: Uint8Array
}

/** Where entries come from, in order. */
export interface LogToReview {
  readonly size: number
  /** As the log's owner keeps it. */
  readonly root: Uint8Array
  /** Entries [from, to); null where one is missing. */
  entries(from: number, to: number): Promise<readonly (Stored | null)[]>
}

export interface ReviewReport {
  /** Named by entry 0. */
  readonly deployment: string | null
  readonly logKey: Uint8Array | null
  readonly size: number
  /** Computed from the bytes of every entry. */
  readonly root: Uint8Array
  /** At most {@link mostFindings}, in the order of their index. */
  readonly findings: readonly Finding[]
  readonly signatures: { readonly verified: number; readonly all: number }
  /** How many checkpoints seen elsewhere agree. */
  readonly seen: number
  /** Restored backups, in their order: the log is not one unbroken history, however well each is explained. */
  readonly breaks: readonly Break[]
  /** Entries that rest on a certificate which was revoked as compromised, before the revocation too: 要確認. */
  readonly doubts: readonly Doubt[]
  /** Ids and keys that the log had. */
  readonly ids: readonly string[]
  readonly logKeys: readonly Uint8Array[]
}

/** An explained break: the log goes on from a backup, under another id. */
export interface Break
  extends Pick<RestoreStatement, 'previous' | 'size' | 'root' | 'operator' | 'reason' | 'issuedAt'> {
  /** Where the new id begins. */
  readonly index: number
  readonly deployment: string
  readonly signedBy: SignedBy
  /** Entries after the backup that a checkpoint seen elsewhere proves to have been there; null: none was brought. */
  readonly lost: number | null
}

export interface Doubt {
  /** Of the certificate. */
  readonly fingerprint: string
  readonly operator: string
  /** Index of the revocation. */
  readonly revoked: number
  /** How many entries, the first and the last of them. */
  readonly entries: number
  readonly first: number
  readonly last: number
}

/** Beyond this many a list helps nobody. */
export const mostFindings = 100
const batch = 1_000

interface Judged {
  readonly findings: Finding[]
  readonly signatures: number
  readonly verified: Promise<boolean>[]
}

/**
 * Reads a log from its beginning and judges each entry by what stands before it: its place, its hash, its parameters and
 * the signatures, under keys that the log itself certifies. What a checkpoint seen elsewhere says is judged at its size.
 * What was cut off at the end, no look at one machine alone can find.
 * @param seen checkpoints of this log under one of its ids; that one of its keys signed them is for the caller to verify
 * @param progress after each thousand entries
 */
export const reviewLog = async (
  log: LogToReview,
  seen: readonly Checkpoint[],
  progress: (done: number) => void = () => {},
): Promise<ReviewReport> => {
  const judge = createJudge()
  const findings: Finding[] = []
  const signatures = { verified: 0, all: 0 }
  const agreeing = new Set<Checkpoint>()
  let frontier: readonly Uint8Array[] = []
  for (let from = 0; from < log.size; from += batch) {
    const to = Math.min(log.size, from + batch)
    const judged = (await log.entries(from, to)).map((stored, at) => judge.entry(from + at, stored))
    for (const checkpoint of seen.filter(({ size }) => size > from && size <= to)) {
      if (breakBefore(judge.keys, checkpoint) !== undefined) continue
      const there = append(frontier, from, judge.leaves.slice(0, checkpoint.size - from)).frontier
      if (equalBytes(rootOf(there), checkpoint.root)) agreeing.add(checkpoint)
      else findings.push({ index: checkpoint.size - 1, code: 'seen-differs' })
    }
    findings.push(...(await misplacedBreaks(judge.keys, from, frontier, judge.leaves)))
    frontier = append(frontier, from, judge.leaves).frontier
    judge.leaves.length = 0
    for (const [at, one] of judged.entries()) {
      findings.push(...one.findings)
      const results = await Promise.all(one.verified)
      signatures.all += one.signatures
      signatures.verified += results.filter(Boolean).length
      if (results.includes(false)) findings.push({ index: from + at, code: 'signature-invalid' })
    }
    progress(to)
  }
  const root = rootOf(frontier)
  if (!equalBytes(root, log.root)) findings.push({ index: Math.max(0, log.size - 1), code: 'root-differs' })
  for (const checkpoint of seen)
    if (checkpoint.size > log.size && breakBefore(judge.keys, checkpoint) === undefined)
      findings.push({ index: log.size, code: 'seen-ahead' })
  return {
    deployment: judge.keys.deployment(),
    logKey: judge.keys.logKey(),
    size: log.size,
    root,
    findings: findings.sort((one, other) => one.index - other.index).slice(0, mostFindings),
    signatures,
    seen: agreeing.size,
    breaks: await Promise.all(restoredIds(judge.keys).map((id) => breakOf(id, judge.keys, seen))),
    doubts: judge.doubts(),
    ids: judge.keys.ids().map(({ deployment }) => deployment),
    logKeys: judge.keys.logKeys(),
  }
}

type RestoredId = LogId & { readonly restored: NonNullable<LogId['restored']> }
const restoredIds = (keys: KeysInLog): readonly RestoredId[] =>
  keys.ids().filter((id): id is RestoredId => id.restored !== null)

/** The restoration after which a checkpoint's entries are gone: it was made under the id of before, over more of them. */
const breakBefore = (keys: KeysInLog, { origin, size }: Checkpoint): RestoredId | undefined =>
  restoredIds(keys).find(({ restored }) => restored.restoration.statement.previous === origin && size > restored.index)

const breakOf = async (id: RestoredId, keys: KeysInLog, seen: readonly Checkpoint[]): Promise<Break> => {
  const { index, restoration, signedBy } = id.restored
  const { previous, size, root, operator, reason, issuedAt } = restoration.statement
  const beyond = seen.filter((checkpoint) => breakBefore(keys, checkpoint) === id).map((one) => one.size - size)
  const lost = beyond.length === 0 ? null : Math.max(...beyond)
  return {
    ...{ index, deployment: id.deployment, previous, size, root, operator, reason, issuedAt },
    signedBy: await signedBy,
    lost,
  }
}

/** A restoration names the tree that stands before it. */
const misplacedBreaks = async (
  keys: KeysInLog,
  from: number,
  frontier: readonly Uint8Array[],
  leaves: readonly Uint8Array[],
): Promise<readonly Finding[]> =>
  restoredIds(keys).flatMap(({ restored: { index, restoration } }) => {
    if (index < from || index >= from + leaves.length) return []
    const root = rootOf(append(frontier, from, leaves.slice(0, index - from)).frontier)
    const fits = equalBytes(root, fromBase64url(restoration.statement.root))
    return fits ? [] : [{ index, code: 'restoration-invalid' as const }]
  })

/** A missing entry has no hash: this one can't be any entry's. */
const noLeaf = new Uint8Array(32)

const createJudge = () => {
  const keys = createKeysInLog()
  const ids = new Set<string>()
  const resting = new Map<string, { entries: number; readonly first: number; last: number }>()
  const leaves: Uint8Array[] = []

  const entry = (index: number, stored: Stored | null): Judged => {
    const nothing: Judged = { findings: [], signatures: 0, verified: [] }
    if (stored === null) {
      leaves.push(noLeaf)
      return { ...nothing, findings: [{ index, code: 'missing' }] }
    }
    const leaf = leafHash(stored.bytes)
    leaves.push(leaf)
    const edited: Finding[] = equalBytes(leaf, stored.leaf) ? [] : [{ index, code: 'edited' }]
    const judged = judgeEntry(keys, index, stored.bytes)
    const id = judged.entry?.command.statement.id
    const repeated: Finding[] = id !== undefined && ids.has(id) ? [{ index, code: 'repeated' }] : []
    if (id !== undefined) ids.add(id)
    for (const certificate of judged.restsOn) rest(certificate, index)
    return {
      findings: [...edited, ...repeated, ...judged.findings.map((code) => ({ index, code }))],
      signatures: judged.entry?.command.signatures.length ?? 0,
      verified: judged.signatures.map(async ({ verifying }) => verifying()),
    }
  }

  const rest = (certificate: string, index: number): void => {
    const known = resting.get(certificate)
    if (known === undefined) resting.set(certificate, { entries: 1, first: index, last: index })
    else if (known.last !== index) {
      known.entries++
      known.last = index
    }
  }

  const doubts = (): readonly Doubt[] =>
    [...resting].flatMap(([fingerprint, on]) => {
      const standing = keys.certificate(fingerprint)
      if (standing?.ended?.reason !== 'compromised') return []
      return [{ fingerprint, operator: standing.operator, revoked: standing.ended.index, ...on }]
    })

  return { keys, leaves, entry, doubts }
}
