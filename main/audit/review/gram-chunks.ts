import type { Probe } from '#main/replica/chunk-grams.ts'

/**
 * In which chunks a bigram stands at all, in memory: one bit a chunk, some three megabytes for a million entries. Most
 * words stand in few of them, and each chunk that is not asked is a page of the file that need not be decrypted.
 */
export interface GramChunks {
  add(gram: number, chunk: number): void
  /** Whether a chunk may hold all that is asked for; of words of one character it knows nothing. */
  may(probes: readonly Probe[]): (chunk: number) => boolean
}

const firstBytes = 8

export const createGramChunks = (): GramChunks => {
  const bits = new Map<number, Uint8Array>()
  const isSet = (known: Uint8Array | undefined, chunk: number): boolean =>
    (((known?.[chunk >> 3] ?? 0) >> (chunk & 7)) & 1) === 1
  return {
    add: (gram, chunk) => {
      let known = bits.get(gram)
      if (known === undefined || chunk >> 3 >= known.byteLength) {
        const larger = new Uint8Array(Math.max(firstBytes, 2 ** Math.ceil(Math.log2((chunk >> 3) + 1))))
        if (known !== undefined) larger.set(known)
        bits.set(gram, larger)
        known = larger
      }
      known[chunk >> 3] = (known[chunk >> 3] ?? 0) | (1 << (chunk & 7))
    },
    may: (probes) => {
      const asked = probes.flatMap(([, gram]) => (gram === null ? [] : [bits.get(gram)]))
      return (chunk) => asked.every((known) => isSet(known, chunk))
    },
  }
}
