import { LibralError } from '#protocol/errors.ts'
import { equalBytes, sha256, toBase64url } from '../bytes.ts'
import { keyEvents } from '../review/key-events.ts'
import { Findings } from './findings.ts'
import type { FirstPass, JudgedTree } from './first-pass.ts'
import {
  createFrameWork,
  type JudgedFrame,
  type Resting,
  type RightOnes,
  restingMore,
  standingCodes,
} from './frame-work.ts'
import { ownHands } from './hands.ts'
import { IdSet } from './id-set.ts'
import { InOrder } from './in-order.ts'
import { assertGoing, type VerifyOptions } from './options.ts'
import { type BundleBytes, type ReadPart, readBundle } from './reader.ts'
import { speakingOf } from './speaking.ts'

/** What every entry says, and who signed it. */
export class SecondPass {
  readonly findings = new Findings()
  done = 0
  /** Entries with a finding of their own. */
  faulty = 0
  sealed = 0
  signatures = 0
  evidence = 0
  readonly right = new Map<string, RightOnes>()
  readonly doubts = new Map<string, Resting>()
  readonly #options: VerifyOptions
  readonly #first: FirstPass
  readonly #tree: JudgedTree
  readonly #ids = new IdSet()
  /** Entries of the frame before, for the evidence that follows it; kept only where there is any. */
  #there: { readonly from: number; readonly entries: readonly Uint8Array[] } = { from: 0, entries: [] }

  constructor(options: VerifyOptions, first: FirstPass, tree: JudgedTree) {
    this.#options = options
    this.#first = first
    this.#tree = tree
  }

  get trustedCertificates(): ReadonlySet<string> {
    return new Set(this.#options.trusted.flatMap(({ kind, key }) => (kind === 'certificate' ? [key] : [])))
  }

  async run(bytes: BundleBytes): Promise<void> {
    const hands = this.#options.hands ?? ownHands()
    const own = createFrameWork()
    const manifest = this.#first.manifest
    if (manifest === null) throw new LibralError('bundle.malformed', { at: 0 })
    const trust = {
      logKey: this.#tree.logTrusted,
      certificates: this.trustedCertificates,
      compromised: new Set(this.#first.compromised.keys()),
    }
    const all = manifest.to - manifest.from
    const judged = new InOrder(hands.width, async (frame: JudgedFrame) => {
      await this.#take(frame)
      this.#options.progress?.({ step: 'signatures', done: this.done, all })
    })
    let digest: Uint8Array | null = null
    for await (const read of this.#same(bytes)) {
      assertGoing(this.#options)
      digest = read.digest
      const { part } = read
      await this.#options.read?.(part)
      if (part.kind === 'context') {
        this.#there = { from: part.index, entries: [part.bytes] }
        // What stands behind the range says nothing of the keys in it.
        if (part.index >= manifest.to) continue
        for (const code of await own.check(part)) this.findings.add(part.index, code)
        hands.learn(part)
      } else if (part.kind === 'entries') {
        if (manifest.evidence > 0) this.#there = { from: part.from, entries: part.entries.map((it) => it.slice()) }
        const speaking = speakingOf(keyEvents, part.from, part.entries)
        await judged.ask(hands.judge({ payload: read.payload, trust }, speaking))
      } else if (part.kind === 'evidence') this.#evidence(part)
    }
    await judged.all()
    if (digest === null || this.#first.digest === null || !equalBytes(digest, this.#first.digest))
      throw new LibralError('bundle.changed')
  }

  /** A fault now that was not there before means another file. */
  async *#same(bytes: BundleBytes): AsyncGenerator<ReadPart, void, undefined> {
    try {
      yield* readBundle(bytes)
    } catch (cause) {
      if (cause instanceof LibralError && cause.code.startsWith('bundle.') && cause.code !== 'bundle.cancelled')
        throw new LibralError('bundle.changed', {}, { cause })
      throw cause
    }
  }

  async #take({ from, findings, standings, ids, sealed, signatures, right, doubts }: JudgedFrame): Promise<void> {
    for (const { index, code } of findings) this.findings.add(index, code)
    for (let at = 0; at < standings.length; at++) {
      const known = ids.subarray(at * 16, at * 16 + 16)
      if (known.every((byte) => byte === 0) || this.#ids.add(ids, at * 16)) continue
      this.findings.add(from + at, 'repeated')
      standings[at] = standingCodes.failed
    }
    // Nothing is verified in a tree that is not.
    if (this.#first.findings.count > 0) standings.fill(standingCodes.failed)
    for (const standing of standings) if (standing === standingCodes.failed) this.faulty++
    this.done += standings.length
    this.sealed += sealed
    this.signatures += signatures
    for (const [root, { count, operator }] of right)
      this.right.set(root, { count: (this.right.get(root)?.count ?? 0) + count, operator })
    for (const [certificate, resting] of doubts)
      this.doubts.set(certificate, restingMore(this.doubts.get(certificate), resting))
    await this.#options.judged?.(from, standings)
  }

  #evidence({ index, bytes }: ReadPart['part'] & { kind: 'evidence' }): void {
    const entry = this.#there.entries[index - this.#there.from]
    const named = entry !== undefined && Buffer.from(entry).includes(`"${toBase64url(sha256(bytes))}"`)
    if (named) this.evidence++
    else this.findings.add(index, 'evidence-unnamed')
  }
}
