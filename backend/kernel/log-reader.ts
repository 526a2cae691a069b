import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Signer } from '#trust/ed25519.ts'
import { append, consistencyProof, type HashOf, inclusionProof, rootOf, storedLevels } from '#trust/merkle.ts'
import { formatCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote } from '#trust/tlog/note.ts'
import { signNote } from '#trust/tlog/sign-note.ts'
import { formatEntryBundle, tileWidth, widthOf } from '#trust/tlog/tile.ts'
import type { Reader } from '../storage/port.ts'
import { freshly } from './freshly.ts'
import { keptSubtrees } from './kept-subtrees.ts'
import type { LogReader } from './kernel.ts'

/** Entries handed out in one call. */
const mostEntries = 1_000

/** Reads the log and proves things about it from stored leaves and the subtrees of levels 8, 16 and 24. */
export const createLogReader = (
  storage: Reader,
  { deployment: origin, log }: { readonly deployment: DeploymentId; readonly log: Signer },
): LogReader => {
  const hashOf = keptSubtrees(subtreeHashes(storage))
  let signed = { size: 0, text: '', note: '' }
  /** Read and signed once for all who ask at the same time; the same head needs no second signature. */
  const signedHead = freshly(async () => {
    const { size, frontier } = await storage.head()
    const text = formatCheckpoint({ origin, size, root: rootOf(frontier), extensions: [] })
    if (text !== signed.text)
      signed = { size, text, note: formatNote({ text, signatures: [signNote(text, origin, log)] }) }
    return signed
  })
  const assertWithin = async (size: number): Promise<void> => {
    const head = await storage.head()
    if (size > head.size) throw new LibralError('log.out-of-range', { index: size, size: head.size })
  }
  return {
    head: async () => {
      const { size, frontier } = await storage.head()
      return { size, root: toBase64url(rootOf(frontier)) }
    },
    checkpoint: async (seen) => {
      const { size, note } = await signedHead()
      const proof = seen === null || seen > size ? [] : await consistencyProof(seen, size, hashOf)
      return { note, proof }
    },
    entries: async (from, to) => {
      if (from < 0 || to < from || to - from > mostEntries) throw new LibralError('log.out-of-range', { index: from })
      await assertWithin(to)
      return (await storage.entries.byIndex(from, to)).map(({ bytes }) => bytes)
    },
    tile: async ({ level, index, width }, size) => {
      const height = level === 'entries' ? 0 : level
      if (width > widthOf(height, index, size)) return null
      const from = index * tileWidth
      if (level === 'entries')
        return formatEntryBundle((await storage.entries.byIndex(from, from + width)).map(({ bytes }) => bytes))
      const hashes =
        height === 0
          ? await storage.entries.leaves(from, from + width)
          : await storage.entries.nodes(height * 8, from, from + width)
      if (hashes.length !== width) throw new LibralError('log.broken', { level: height, index })
      return Buffer.concat(hashes)
    },
    inclusion: async (index, size) => {
      await assertWithin(size)
      return inclusionProof(index, size, hashOf)
    },
    consistency: async (from, to) => {
      await assertWithin(to)
      return consistencyProof(from, to, hashOf)
    },
  }
}

/** A complete subtree is folded from the nearest stored level below it: at most 256 hashes for each. */
export const subtreeHashes =
  (storage: Pick<Reader, 'entries'>): HashOf =>
  async (level, index) => {
    const below = [...storedLevels].reverse().find((stored) => stored <= level) ?? 0
    const count = 2 ** (level - below)
    const from = index * count
    const hashes =
      below === 0
        ? await storage.entries.leaves(from, from + count)
        : await storage.entries.nodes(below, from, from + count)
    if (hashes.length !== count) throw new LibralError('log.broken', { level, index })
    return rootOf(append([], 0, hashes).frontier)
  }
