import { createReadStream } from 'node:fs'
import type { Manifest } from '#protocol/bundle.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { type BundleBytes, readBundle } from '#trust/bundle/reader.ts'
import { type PlacedEntry, speakingBefore, speakingOf } from '#trust/bundle/speaking.ts'
import { toBase64url } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import type { ReadEntry } from './entry-index.ts'

/** What a review keeps of a bundle beside the entries of its range. */
export interface BundleContents {
  readonly manifest: Manifest
  /** Entries outside the range that speak of keys and policies, rising. */
  readonly context: readonly PlacedEntry[]
  /** Indexes of entries of the range that say something of keys. */
  readonly speaking: readonly number[]
  /** As the verdict names the file. */
  readonly digest: string
}

export interface FillOptions {
  readonly begin: (manifest: Manifest) => void
  /** Entries from before and behind the range that speak of keys and policies. */
  readonly context: (read: ReadEntry) => void
  readonly entry: (read: ReadEntry, index: number) => void
  readonly signal: AbortSignal
}

const pieceBytes = 1024 * 1024
export const bytesOf = (file: string): BundleBytes => createReadStream(file, { highWaterMark: pieceBytes })

const parsed = (bytes: Uint8Array): Entry | null => {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}

/** Lets messages in: the thread also answers who asks it to stop. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Reads a bundle from its beginning and hands out the entries of its range in order.
 * @throws what {@link readBundle} throws; LibralError `bundle.cancelled`
 */
export const readContents = async (file: string, options: FillOptions): Promise<BundleContents> => {
  let manifest: Manifest | null = null
  let digest = ''
  const context: PlacedEntry[] = []
  const speaking: number[] = []
  for await (const { part, digest: reached } of readBundle(bytesOf(file))) {
    if (options.signal.aborted) throw new LibralError('bundle.cancelled')
    digest = toBase64url(reached)
    if (part.kind === 'manifest') {
      manifest = part.manifest
      options.begin(manifest)
    } else if (part.kind === 'context') {
      const bytes = part.bytes.slice()
      context.push({ index: part.index, bytes })
      options.context({ bytes, entry: parsed(bytes) })
    } else if (part.kind === 'entries') {
      for (const [at, bytes] of part.entries.entries()) options.entry({ bytes, entry: parsed(bytes) }, part.from + at)
      for (const { index } of speakingOf(speakingBefore, part.from, part.entries)) speaking.push(index)
      await breathe()
    }
  }
  if (manifest === null) throw new LibralError('bundle.malformed', { at: 0 })
  return { manifest, context, speaking, digest }
}
