import type { Manifest } from '#protocol/bundle.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { BundlePart } from '#trust/bundle/format.ts'
import { type PlacedEntry, speakingBefore, speakingOf } from '#trust/bundle/speaking.ts'
import { parseEntry } from '#trust/entry.ts'
import type { ReadEntry } from './entry-index.ts'

/** What a review keeps of a bundle beside the entries of its range. */
export interface BundleContents {
  readonly manifest: Manifest
  /** Entries outside the range that speak of keys and policies, rising. */
  readonly context: readonly PlacedEntry[]
  /** Indexes of entries of the range that say something of keys. */
  readonly speaking: readonly number[]
}

export interface FillEvents {
  readonly begin: (manifest: Manifest) => void
  readonly checkpoint: (manifest: Manifest, part: BundlePart & { kind: 'checkpoint' }) => void
  /** Entries from before and behind the range that speak of keys and policies. */
  readonly context: (read: ReadEntry) => void
  readonly entry: (read: ReadEntry, index: number) => void
}

/** Takes the parts of a bundle in their order and hands out its entries. */
export interface Filling {
  take(part: BundlePart): Promise<void>
  /** @throws LibralError `bundle.malformed` before there was a manifest */
  contents(): BundleContents
}

const parsed = (bytes: Uint8Array): Entry | null => {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}

/** Lets messages in: the thread also answers who asks it to stop. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const createFilling = ({ begin, checkpoint, context: outside, entry }: FillEvents): Filling => {
  let manifest: Manifest | null = null
  const context: PlacedEntry[] = []
  const speaking: number[] = []
  return {
    async take(part) {
      if (part.kind === 'manifest') {
        manifest = part.manifest
        begin(manifest)
      } else if (part.kind === 'checkpoint') {
        if (manifest !== null) checkpoint(manifest, part)
      } else if (part.kind === 'context') {
        const bytes = part.bytes.slice()
        context.push({ index: part.index, bytes })
        outside({ bytes, entry: parsed(bytes) })
      } else if (part.kind === 'entries') {
        for (const [at, bytes] of part.entries.entries()) entry({ bytes, entry: parsed(bytes) }, part.from + at)
        for (const { index } of speakingOf(speakingBefore, part.from, part.entries)) speaking.push(index)
        await breathe()
      }
    },
    contents() {
      if (manifest === null) throw new LibralError('bundle.malformed', { at: 0 })
      return { manifest, context, speaking }
    },
  }
}
