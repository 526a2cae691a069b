import type { BundleVerdict, Manifest } from '#protocol/bundle.ts'
import { certificateRevoked } from '#protocol/certificates.ts'
import type { LoggedEvent } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { equalBytes, fromBase64url, toBase64url } from '../bytes.ts'
import { parseEntry } from '../entry.ts'
import { leafHash, verifyInclusion } from '../merkle.ts'
import { createKeysInLog, type KeysInLog } from '../review/keys-in-log.ts'
import { noteKeyTypes } from '../tlog/note.ts'
import {
  type CarriedCheckpoint,
  carried,
  type JudgedCheckpoint,
  judgeCheckpoint,
  noteKeyIn,
  readCheckpoint,
  witnessesOf,
} from './checkpoints.ts'
import { Findings } from './findings.ts'
import type { Hashed } from './frame-work.ts'
import { ownHands } from './hands.ts'
import { InOrder } from './in-order.ts'
import { assertGoing, type VerifyOptions } from './options.ts'
import { type BundleBytes, type ReadPart, readBundle } from './reader.ts'
import { type PlacedEntry, speakingFirst, speakingOf } from './speaking.ts'
import { GrowingTree } from './tree.ts'

const mostLater = 1_000

/** The file, the tree, and the keys that the log itself has. */
export class FirstPass {
  manifest: Manifest | null = null
  digest: Uint8Array | null = null
  frames = 0
  readonly findings = new Findings()
  readonly checkpoints: CarriedCheckpoint[] = []
  readonly roots = new Map<number, Uint8Array>()
  readonly logKeys: { from: number; key: Uint8Array }[] = []
  readonly #options: VerifyOptions
  readonly keys: KeysInLog = createKeysInLog()
  /** Certificates that were revoked as compromised, and where. */
  readonly compromised = new Map<string, { readonly operator: string; readonly revoked: number }>()
  /** Restores that state another history than the one before them. */
  readonly contradicted = new Set<number>()
  /** Of the log's keys, from behind the range. */
  readonly #later: PlacedEntry[] = []
  #tree = new GrowingTree(0, [])
  #asked: readonly number[] = []

  constructor(options: VerifyOptions) {
    this.#options = options
  }

  get done(): number {
    return this.#tree.size - (this.manifest?.from ?? 0)
  }

  async run(bytes: BundleBytes): Promise<void> {
    const hands = this.#options.hands ?? ownHands()
    const hashed = new InOrder(hands.width, (answer: Hashed) => {
      const speaking = [...answer.speaking]
      const learnHere = (): void => {
        if (speaking[0]?.index === this.#tree.size) this.#learn(speaking.shift() as PlacedEntry, this.#tree.root())
      }
      learnHere()
      for (const segment of answer.segments) {
        for (const subtree of segment) this.#tree.add(subtree)
        this.#rootHere()
        learnHere()
      }
      this.#options.progress?.({
        step: 'tree',
        done: this.done,
        all: (this.manifest?.to ?? 0) - (this.manifest?.from ?? 0),
      })
    })
    for await (const { part, payload, digest } of readBundle(bytes)) {
      assertGoing(this.#options)
      this.frames++
      this.digest = digest
      if (part.kind === 'manifest') this.#begin(part.manifest)
      else if (part.kind === 'checkpoint') this.checkpoints.push(carried(part.note, part.proof))
      else if (part.kind === 'context') this.#context(part)
      else if (part.kind === 'entries') {
        if (this.#asked.length === 0) this.#ask()
        const end = part.from + part.entries.length
        await hashed.ask(hands.hash({ payload, cuts: this.#asked.filter((size) => size > part.from && size < end) }))
      }
    }
    await hashed.all()
    for (const entry of this.#later) this.#learn(entry, null)
  }

  #begin(manifest: Manifest): void {
    this.manifest = manifest
    try {
      this.#tree = new GrowingTree(manifest.from, manifest.frontier.map(fromBase64url))
    } catch (cause) {
      throw new LibralError('bundle.malformed', { at: 0 }, { cause })
    }
  }

  /** Every checkpoint is known before the first entry comes. */
  #ask(): void {
    const given = (this.#options.seen ?? []).map(readCheckpoint)
    const sizes = [...this.checkpoints.map(({ checkpoint }) => checkpoint), ...given].flatMap((it) => it?.size ?? [])
    this.#asked = [...new Set([...sizes, this.manifest?.to ?? 0])].sort((one, other) => one - other)
    this.#rootHere()
  }

  #rootHere(): void {
    if (this.#asked.includes(this.#tree.size)) this.roots.set(this.#tree.size, this.#tree.root())
  }

  #context({ index, path, bytes }: ReadPart['part'] & { kind: 'context' }): void {
    const head = this.checkpoints[0]?.checkpoint
    const included = head != null && verifyInclusion(leafHash(bytes), index, head.size, path, head.root)
    if (!included) this.findings.add(index, 'not-included')
    else if (index < (this.manifest?.from ?? 0)) this.#learn({ index, bytes }, null)
    else this.#later.push(...speakingOf(speakingFirst, index, [bytes]))
    // A log changes its key a few times in its life; nobody fills memory with it.
    if (this.#later.length > mostLater) throw new LibralError('bundle.malformed', { at: index })
  }

  /** @param root of the tree before the entry, where it is known */
  #learn({ index, bytes }: PlacedEntry, root: Uint8Array | null): void {
    const names = this.keys.ids().length
    try {
      const entry = parseEntry(bytes)
      if (entry.index === index) this.keys.learn(entry)
      for (const event of entry.events) this.#revoked(event, index)
    } catch {
      // What it is not, the second pass says.
    }
    const restored = this.keys.ids().length > names ? this.keys.ids().at(-1)?.restored : null
    if (restored && root !== null && restored.restoration.statement.root !== toBase64url(root)) {
      this.findings.add(index, 'restoration-invalid')
      this.contradicted.add(index)
    }
    const key = this.keys.logKey()
    const last = this.logKeys.at(-1)
    if (key !== null && (last === undefined || !equalBytes(last.key, key))) this.logKeys.push({ from: index + 1, key })
  }

  #revoked({ type, data }: LoggedEvent, index: number): void {
    const parsed = type === certificateRevoked.type ? certificateRevoked.data.safeParse(data) : null
    if (!parsed?.success || parsed.data.reason !== 'compromised') return
    const { fingerprint, operator } = parsed.data
    this.compromised.set(fingerprint, { operator, revoked: index })
  }

  /** What the checkpoints say of the tree, and whose log this is. */
  judged(): JudgedTree {
    const manifest = this.manifest
    if (manifest === null) throw new LibralError('bundle.malformed', { at: 0 })
    const names = new Set<string>(this.keys.ids().map(({ deployment }) => deployment))
    if (!names.has(manifest.origin)) this.findings.add(manifest.from, 'foreign')
    const trusted = this.#options.trusted.flatMap(({ kind, key }) =>
      kind === 'certificate' ? [] : (noteKeyIn(key) ?? []),
    )
    const own = trusted.filter(({ type, name }) => type === noteKeyTypes.signature && names.has(name))
    const isOwn = own.some(({ publicKey }) => this.logKeys.some(({ key }) => equalBytes(key, publicKey)))
    if (own.length > 0 && !isOwn) this.findings.add(manifest.from, 'other-log-key')
    const witnesses = witnessesOf(manifest, trusted)
    const checkpoints = this.checkpoints.map((one) => {
      const judged = judgeCheckpoint(manifest, one, { names, keys: this.logKeys, witnesses, roots: this.roots })
      const index = Math.max(0, (one.checkpoint?.size ?? manifest.to) - 1)
      for (const code of judged?.findings ?? ['checkpoint-unsigned' as const]) this.findings.add(index, code)
      return judged
    })
    // The head is this log's, under the name that it has now, and covers what it is to prove.
    const head = this.checkpoints[0]?.checkpoint
    if (head != null && (head.size < manifest.to || head.origin !== manifest.origin))
      this.findings.add(manifest.to - 1, 'checkpoint-differs')
    return { checkpoints, logTrusted: isOwn, seen: this.#seen(names) }
  }

  /** Those of this log whose size is one of the range, or the head's own. */
  #seen(names: ReadonlySet<string>): BundleVerdict['seen'] & { readonly head: boolean } {
    const given = this.#options.seen ?? []
    const head = this.checkpoints[0]?.checkpoint
    let [compared, agreeing, atHead] = [0, 0, false]
    for (const note of given) {
      const checkpoint = readCheckpoint(note)
      if (checkpoint === null) throw new LibralError('log.note-malformed')
      if (!names.has(checkpoint.origin)) throw new LibralError('log.other-log')
      const root = checkpoint.size === head?.size ? head.root : this.roots.get(checkpoint.size)
      if (root === undefined) continue
      compared++
      if (equalBytes(root, checkpoint.root)) agreeing++
      else this.findings.add(checkpoint.size - 1, 'seen-differs')
      if (checkpoint.size === head?.size) atHead = true
    }
    return { given: given.length, compared, agreeing, head: atHead }
  }
}

export interface JudgedTree {
  readonly checkpoints: readonly (JudgedCheckpoint | null)[]
  readonly logTrusted: boolean
  readonly seen: BundleVerdict['seen'] & { readonly head: boolean }
}
