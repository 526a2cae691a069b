import { LibralError } from '#protocol/errors.ts'
import type { LogToBundle, SizedEntry, SizedEvidence } from '#trust/bundle/make.ts'
import { speakingOf } from '#trust/bundle/speaking.ts'
import { consistencyProof, frontierAt, inclusionProof } from '#trust/merkle.ts'
import type { EvidenceReader, Reader } from '../storage/port.ts'
import { keptSubtrees } from './kept-subtrees.ts'
import { subtreeHashes } from './log-reader.ts'

/** Bytes of entries in one go; a larger one comes alone. */
const pieceBytes = 512 * 1024
const mostEntries = 1_000

/** What a bundle is made of, as far as the store knows it. */
export type StoredLog = Omit<LogToBundle, 'head' | 'cosigned'> & { readonly evidencePage: EvidenceReader['named'] }

/** Reads a store for a bundle; nothing is written. Ranges lie within the log. */
export const storedLog = (storage: Pick<Reader, 'entries' | 'evidence'>): StoredLog => {
  const hashOf = keptSubtrees(subtreeHashes(storage))
  const bytesOf = async (from: number, to: number): Promise<readonly Uint8Array[]> =>
    (await storage.entries.byIndex(from, to)).map(({ bytes }) => bytes)
  return {
    entries: async (from, to) => {
      const some = await bytesOf(from, Math.min(to, from + mostEntries))
      let bytes = 0
      const tooMany = some.findIndex(({ byteLength }) => {
        bytes += byteLength
        return bytes > pieceBytes
      })
      return tooMany < 0 ? some : some.slice(0, Math.max(1, tooMany))
    },
    bytesIn: storage.entries.bytesIn,
    frontier: (size) => frontierAt(size, hashOf),
    inclusion: (index, size) => inclusionProof(index, size, hashOf),
    consistency: (from, to) => consistencyProof(from, to, hashOf),
    speaking: async function* (types, from, to): AsyncGenerator<SizedEntry> {
      for (let at = from; at < to; at += mostEntries) {
        const entries = await bytesOf(at, Math.min(to, at + mostEntries))
        if (entries.length === 0) throw new LibralError('log.broken', { index: at })
        for (const { index, bytes } of speakingOf(types, at, entries)) yield { index, bytes: bytes.byteLength }
      }
    },
    evidence: async function* (from, to): AsyncGenerator<SizedEvidence> {
      for (let last: SizedEvidence | null = null; ; ) {
        const page: readonly SizedEvidence[] = await storage.evidence.named(from, to, last, mostEntries)
        yield* page
        last = page.at(-1) ?? null
        if (last === null || page.length < mostEntries) return
      }
    },
    evidencePage: storage.evidence.named,
    evidenceBytes: async (digest) => {
      const bytes = await storage.evidence.bytes(digest)
      if (bytes === null) throw new LibralError('evidence.missing', { digest })
      return bytes
    },
  }
}
