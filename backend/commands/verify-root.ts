import type { LogHead } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { equalBytes, toBase64url } from '#trust/bytes.ts'
import { append, leafHash, rootOf } from '#trust/merkle.ts'
import type { Reader } from '../storage/port.ts'

const batch = 1_000

/**
 * Computes the log's root anew from the bytes of every entry and holds it against the stored head.
 * @throws LibralError `log.broken`
 */
export const verifyRoot = async (reader: Pick<Reader, 'head' | 'entries'>): Promise<LogHead> => {
  const head = await reader.head()
  let frontier: readonly Uint8Array[] = []
  for (let from = 0; from < head.size; from += batch) {
    const entries = await reader.entries.byIndex(from, Math.min(head.size, from + batch))
    const leaves = entries.map(({ bytes }) => leafHash(bytes))
    if (leaves.length !== Math.min(batch, head.size - from)) throw new LibralError('log.broken', { index: from })
    frontier = append(frontier, from, leaves).frontier
  }
  const root = rootOf(frontier)
  if (!equalBytes(root, rootOf(head.frontier))) throw new LibralError('log.broken', { size: head.size })
  return { size: head.size, root: toBase64url(root) }
}
