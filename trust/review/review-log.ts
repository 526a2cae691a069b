import type { Finding } from '#protocol/audit.ts'
import { equalBytes } from '../bytes.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { judgeEntry } from './judge-entry.ts'
import { createKeysInLog } from './keys-in-log.ts'

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
 * @param seen checkpoints of this log whose signature was verified
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
      const there = append(frontier, from, judge.leaves.slice(0, checkpoint.size - from)).frontier
      if (equalBytes(rootOf(there), checkpoint.root)) agreeing.add(checkpoint)
      else findings.push({ index: checkpoint.size - 1, code: 'seen-differs' })
    }
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
  for (const { size } of seen) if (size > log.size) findings.push({ index: log.size, code: 'seen-ahead' })
  return {
    deployment: judge.keys.deployment(),
    logKey: judge.keys.logKey(),
    size: log.size,
    root,
    findings: findings.sort((one, other) => one.index - other.index).slice(0, mostFindings),
    signatures,
    seen: agreeing.size,
  }
}

/** A missing entry has no hash: this one can't be any entry's. */
const noLeaf = new Uint8Array(32)

const createJudge = () => {
  const keys = createKeysInLog()
  const ids = new Set<string>()
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
    return {
      findings: [...edited, ...repeated, ...judged.findings.map((code) => ({ index, code }))],
      signatures: judged.entry?.command.signatures.length ?? 0,
      verified: judged.signatures.map(async ({ verifying }) => verifying()),
    }
  }

  return { keys, leaves, entry }
}
