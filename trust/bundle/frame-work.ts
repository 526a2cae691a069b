import { type BundleFinding, type EntryStanding, entryStandings } from '#protocol/bundle.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { verifySync } from '../ed25519.ts'
import { leafHash } from '../merkle.ts'
import { type JudgedEntry, judgeEntry } from '../review/judge-entry.ts'
import { createKeysInLog } from '../review/keys-in-log.ts'
import { partOf } from './frames.ts'
import { type PlacedEntry, speakingFirst, speakingOf } from './speaking.ts'
import { type Subtree, subtreesOf } from './tree.ts'

/** What of a verification is done for one frame of entries, with nothing asked of the others: on any thread. */

export interface HashOrder {
  /** Of a frame of entries. */
  readonly payload: Uint8Array<ArrayBuffer>
  /** Sizes of the tree within the frame at which its root is asked for, rising. */
  readonly cuts: readonly number[]
}
export interface Hashed {
  readonly count: number
  /** Cut where roots are asked for, and before each of the entries below. */
  readonly segments: readonly (readonly Subtree[])[]
  /** Entries that may say what has to be known first (speaking.ts). */
  readonly speaking: readonly PlacedEntry[]
}

/** What may be trusted: by a person's own word. */
export interface Trust {
  readonly logKey: boolean
  /** Fingerprints, lower-case hexadecimal. */
  readonly certificates: ReadonlySet<string>
  /** Revoked as compromised, in the range or later: what rests on them is in doubt. */
  readonly compromised: ReadonlySet<string>
}
export interface JudgeOrder {
  readonly payload: Uint8Array<ArrayBuffer>
  readonly trust: Trust
}
export interface JudgedFrame {
  readonly from: number
  readonly findings: readonly BundleFinding[]
  /** One octet an entry: index in {@link entryStandings}. */
  readonly standings: Uint8Array<ArrayBuffer>
  /** 16 octets an entry: the id of its command; zeroes where it could not be read. */
  readonly ids: Uint8Array<ArrayBuffer>
  /** Entries whose parameters are sealed. */
  readonly sealed: number
  readonly signatures: number
  /** Right ones by what they rest on: a certificate's fingerprint, or '' for the log's key and those that it certifies. */
  readonly right: ReadonlyMap<string, RightOnes>
  /** On compromised certificates, by fingerprint. */
  readonly doubts: ReadonlyMap<string, Resting>
}
/** Entries that rest on a certificate. */
export interface Resting {
  readonly entries: number
  readonly first: number
  readonly last: number
}
export interface RightOnes {
  readonly count: number
  /** Who signed, as the statement of the last one says. */
  readonly operator: string
}

export interface FrameWork {
  hash(order: HashOrder): Hashed
  /** An entry that says something of keys, from before the frames that come later. */
  learn(entry: PlacedEntry): void
  /** The same, with everything that is wrong with it. */
  check(entry: PlacedEntry): Promise<readonly BundleFinding['code'][]>
  /** Frames come in the order of the log; what lies between them is learnt. Keys are looked up before it returns. */
  judge(order: JudgeOrder): Promise<JudgedFrame>
}

export const standingCodes = Object.fromEntries(entryStandings.map((it, code) => [it, code])) as Readonly<
  Record<EntryStanding, number>
>

const entriesOf = (payload: Uint8Array) => {
  const part = partOf('entries', payload)
  if (part.kind !== 'entries') throw new LibralError('bundle.malformed')
  return part
}

export const createFrameWork = (): FrameWork => {
  const keys = createKeysInLog(verifySync)
  return {
    hash: ({ payload, cuts }) => {
      const { from, entries } = entriesOf(payload)
      const leaves = entries.map((bytes) => leafHash(bytes))
      const speaking = speakingOf(speakingFirst, from, entries)
      const inner = [...cuts, ...speaking.map(({ index }) => index).filter((index) => index > from)]
      const ends = [...new Set([...inner, from + entries.length])].sort((one, other) => one - other)
      const segments = ends.map((end, at) => {
        const start = ends[at - 1] ?? from
        return subtreesOf(start, leaves.slice(start - from, end - from))
      })
      return { count: entries.length, segments, speaking }
    },
    learn: ({ index, bytes }) => void judgeEntry(keys, index, bytes),
    check: async ({ index, bytes }) => {
      const { findings, signatures } = judgeEntry(keys, index, bytes)
      const right = await Promise.all(signatures.map(async ({ verifying }) => verifying()))
      return right.includes(false) ? [...findings, 'signature-invalid'] : findings
    },
    judge: ({ payload, trust }) => {
      const { from, entries } = entriesOf(payload)
      return frameOf(
        from,
        entries.map((bytes, at) => judgeEntry(keys, from + at, bytes)),
        trust,
      )
    },
  }
}

/** Of two stretches, the earlier one first. */
export const restingMore = (one: Resting | undefined, more: Resting): Resting =>
  one === undefined ? more : { entries: one.entries + more.entries, first: one.first, last: more.last }

const operatorOf = (entry: Entry | null): string => entry?.command.statement.operator ?? ''

/** Judged entries on their way to a frame's answer: their signatures are still to be verified. */
const frameOf = async (from: number, judged: readonly JudgedEntry[], trust: Trust): Promise<JudgedFrame> => {
  const findings: BundleFinding[] = []
  const standings = new Uint8Array(judged.length)
  const ids = new Uint8Array(judged.length * 16)
  const right = new Map<string, RightOnes>()
  const doubts = new Map<string, Resting>()
  let [sealed, signatures] = [0, 0]
  // All begin before the first is waited for: those that another thread computes run beside what is read here.
  const verified = judged.map((it) => Promise.all(it.signatures.map(({ verifying }) => verifying())))
  for (const [at, { entry, findings: codes, signatures: own, restsOn }] of judged.entries()) {
    const found = [...codes]
    const rightOnes = (await verified[at]) ?? []
    // An entry stands in a tree that only the log's key vouches for.
    let standing = trust.logKey ? standingCodes.verified : standingCodes.unconfirmed
    for (const [nth, { signature }] of own.entries()) {
      const root = signature.kind === 'openpgp' ? signature.key : ''
      if (rightOnes[nth] === true)
        right.set(root, { count: (right.get(root)?.count ?? 0) + 1, operator: operatorOf(entry) })
      else found.push('signature-invalid')
      if (!(root === '' ? trust.logKey : trust.certificates.has(root))) standing = standingCodes.unconfirmed
    }
    for (const certificate of restsOn.filter((it) => trust.compromised.has(it))) {
      standing = standingCodes.attention
      doubts.set(certificate, restingMore(doubts.get(certificate), { entries: 1, first: from + at, last: from + at }))
    }
    for (const code of found) findings.push({ index: from + at, code })
    standings[at] = found.length > 0 ? standingCodes.failed : standing
    if (entry === null) continue
    signatures += entry.command.signatures.length
    if ('sealed' in entry.command) sealed++
    ids.set(Buffer.from(entry.command.statement.id.replaceAll('-', ''), 'hex'), at * 16)
  }
  return { from, findings, standings, ids, sealed, signatures, right, doubts }
}
