import type { HashOf } from '#trust/merkle.ts'

/** Enough for the proofs of a log of a billion entries from some hundred sizes; a megabyte or two. */
const bound = 8_192

/**
 * The same, asked once for each complete subtree: its hash never changes, and thousands of desktops that come back at once
 * prove the same stretch of the log. A read that failed is not kept.
 */
export const keptSubtrees = (hashOf: HashOf): HashOf => {
  const kept = new Map<string, Promise<Uint8Array>>()
  return (level, index) => {
    const name = `${level} ${index}`
    const known = kept.get(name)
    if (known) return known
    if (kept.size >= bound) kept.clear()
    const read = Promise.resolve(hashOf(level, index))
    kept.set(name, read)
    read.catch(() => {
      if (kept.get(name) === read) kept.delete(name)
    })
    return read
  }
}
