import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Manifest } from '#protocol/bundle.ts'
import type { FixtureLog } from '#tests/fixtures/bundle/log.ts'
import type { BundlePart } from '#trust/bundle/format.ts'
import { GrowingTree, subtreesOf } from '#trust/bundle/tree.ts'
import { framed, writeBundle } from '#trust/bundle/writer.ts'
import type { Signer } from '#trust/ed25519.ts'
import { leafHash } from '#trust/merkle.ts'
import { formatCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote } from '#trust/tlog/note.ts'
import { signNote } from '#trust/tlog/sign-note.ts'

const batch = 1_000

/**
 * Entry `index` of a log of any length, from the last of a short one: its index and words are its own, its signature is
 * not, since a million signatures would take longer to make than all that is measured. Of the same size as a real one.
 */
const stretched = ({ entries }: FixtureLog) => {
  const [head = '', tail = ''] = Buffer.from(entries.at(-1) ?? [])
    .toString()
    .split(/"index":\d+/)
  return (index: number): Uint8Array =>
    index < entries.length ? (entries[index] as Uint8Array) : Buffer.from(`${head}"index":${index}${tail}`)
}

/** Writes a bundle of so many entries, twice through the log in bounded memory. @returns bytes of the entries */
export const writeLarge = async (file: string, log: FixtureLog, count: number): Promise<number> => {
  const entryAt = count === log.entries.length ? (index: number) => log.entries[index] as Uint8Array : stretched(log)
  const range = (from: number): Uint8Array[] =>
    Array.from({ length: Math.min(batch, count - from) }, (_, at) => entryAt(from + at))
  const tree = new GrowingTree(0, [])
  let entryBytes = 0
  for (let from = 0; from < count; from += batch) {
    const entries = range(from)
    for (const subtree of subtreesOf(
      from,
      entries.map((bytes) => leafHash(bytes)),
    ))
      tree.add(subtree)
    for (const { byteLength } of entries) entryBytes += byteLength
  }
  const origin = log.deployment
  const text = formatCheckpoint({ origin, size: count, root: tree.root(), extensions: [] })
  const note = formatNote({ text, signatures: [signNote(text, origin, log.logSigners.at(-1) as Signer)] })
  const manifest: Manifest = {
    ...{ v: 1, kind: 'bundle', origin, from: 0, to: count, frontier: [], checkpoints: 1, context: 0, evidence: 0 },
    ...{ entryBytes, witnesses: [], at: 0, by: null },
  }
  const parts = function* (): Generator<BundlePart> {
    yield { kind: 'manifest', manifest }
    yield { kind: 'checkpoint', note, proof: [] }
    for (let from = 0; from < count; from += batch) yield* framed(from, range(from))
  }
  await pipeline(Readable.from(writeBundle(parts()), { objectMode: false }), createWriteStream(file))
  return entryBytes
}
