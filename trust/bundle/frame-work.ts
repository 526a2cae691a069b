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
  /** Frames come in the order of the log; what lies between them is learnt. */
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

/** So many entries of a frame are under way at once: their signatures may be another thread's work. */
const together = 64

export const createFrameWork = (): FrameWork => {
  const keys = createKeysInLog(verifySync)
  let before: Promise<unknown> = Promise.resolve()
  /** What is asked and told comes in the order of the log, and is done in that order however long a signature takes. */
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const turn = before.then(work)
    before = turn.catch(() => undefined)
    return turn
  }
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
    learn: ({ index, bytes }) => void inTurn(() => judgeEntry(keys, index, bytes)),
    check: ({ index, bytes }) =>
      inTurn(async () => {
        const { findings, signatures } = judgeEntry(keys, index, bytes)
        const right = await Promise.all(signatures.map(({ verifying }) => verifying()))
        return right.includes(false) ? [...findings, 'signature-invalid'] : findings
      }),
    judge: ({ payload, trust }) =>
      inTurn(async () => {
        const { from, entries } = entriesOf(payload)
        const frame = new FrameInWork(from, entries.length, trust)
        for (let at = 0; at < entries.length; at += together) {
          const judged = entries.slice(at, at + together).map((bytes, nth) => judgeEntry(keys, from + at + nth, bytes))
          const verified = judged.map(({ signatures }) => signatures.map(({ verifying }) => verifying()))
          for (const [nth, one] of judged.entries()) {
            const right: boolean[] = []
            // Most are known at once; a turn for each would cost as much as reading the entry.
            for (const known of verified[nth] ?? []) right.push(typeof known === 'object' ? await known : known)
            frame.take(at + nth, one, right)
          }
        }
        return frame.answer()
      }),
  }
}

/** Of two stretches, the earlier one first. */
export const restingMore = (one: Resting | undefined, more: Resting): Resting =>
  one === undefined ? more : { entries: one.entries + more.entries, first: one.first, last: more.last }

const operatorOf = (entry: Entry | null): string => entry?.command.statement.operator ?? ''

/** A frame's answer, as one entry after the other is judged. */
class FrameInWork {
  readonly #from: number
  readonly #trust: Trust
  readonly #findings: BundleFinding[] = []
  readonly #standings: Uint8Array<ArrayBuffer>
  readonly #ids: Uint8Array<ArrayBuffer>
  readonly #idBytes: Buffer
  readonly #right = new Map<string, RightOnes>()
  readonly #doubts = new Map<string, Resting>()
  #sealed = 0
  #signatures = 0

  constructor(from: number, count: number, trust: Trust) {
    this.#from = from
    this.#trust = trust
    this.#standings = new Uint8Array(count)
    this.#ids = new Uint8Array(count * 16)
    this.#idBytes = Buffer.from(this.#ids.buffer)
  }

  /** @param right of its signatures, whether each is */
  take(at: number, judged: JudgedEntry, right: readonly boolean[]): void {
    const { entry, findings, signatures, restsOn } = judged
    const index = this.#from + at
    const found = [...findings]
    const trust = this.#trust
    // An entry stands in a tree that only the log's key vouches for.
    let standing = trust.logKey ? standingCodes.verified : standingCodes.unconfirmed
    for (const [nth, { signature }] of signatures.entries()) {
      const root = signature.kind === 'openpgp' ? signature.key : ''
      if (right[nth] === true)
        this.#right.set(root, { count: (this.#right.get(root)?.count ?? 0) + 1, operator: operatorOf(entry) })
      else found.push('signature-invalid')
      if (!(root === '' ? trust.logKey : trust.certificates.has(root))) standing = standingCodes.unconfirmed
    }
    for (const certificate of restsOn.filter((it) => trust.compromised.has(it))) {
      standing = standingCodes.attention
      const more = { entries: 1, first: index, last: index }
      this.#doubts.set(certificate, restingMore(this.#doubts.get(certificate), more))
    }
    for (const code of found) this.#findings.push({ index, code })
    this.#standings[at] = found.length > 0 ? standingCodes.failed : standing
    if (entry === null) return
    this.#signatures += entry.command.signatures.length
    if ('sealed' in entry.command) this.#sealed++
    this.#idBytes.write(entry.command.statement.id.replaceAll('-', ''), at * 16, 'hex')
  }

  answer(): JudgedFrame {
    return {
      ...{ from: this.#from, findings: this.#findings, standings: this.#standings, ids: this.#ids },
      ...{ sealed: this.#sealed, signatures: this.#signatures, right: this.#right, doubts: this.#doubts },
    }
  }
}
