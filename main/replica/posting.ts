/** Rows are indexed in chunks of consecutive ids; a posting says which rows of one chunk hold one bigram. */
export const chunkRows = 2_048
const bitmapBytes = chunkRows / 8
const listMax = bitmapBytes / 2 - 1

/** Encodes ascending positions within a chunk: a list of 16-bit numbers, or a bitmap where that is smaller. */
export const encodePosting = (positions: readonly number[]): Uint8Array => {
  if (positions.length <= listMax) return new Uint8Array(Uint16Array.from(positions).buffer)
  const bitmap = new Uint8Array(bitmapBytes)
  for (const at of positions) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7))
  return bitmap
}

/** Sets the bits of a posting in a chunk-sized bitmap. */
export const orPosting = (posting: Uint8Array, into: Uint8Array): void => {
  if (posting.length === bitmapBytes) {
    for (let at = 0; at < bitmapBytes; at++) into[at] = (into[at] ?? 0) | (posting[at] ?? 0)
    return
  }
  for (let at = 0; at + 1 < posting.length; at += 2) {
    const row = (posting[at] ?? 0) | ((posting[at + 1] ?? 0) << 8)
    into[row >> 3] = (into[row >> 3] ?? 0) | (1 << (row & 7))
  }
}

/** Clears what is not in `other`; false when nothing is left. */
export const andBitmap = (bitmap: Uint8Array, other: Uint8Array): boolean => {
  let left = 0
  for (let at = 0; at < bitmapBytes; at++) {
    const both = (bitmap[at] ?? 0) & (other[at] ?? 0)
    bitmap[at] = both
    left |= both
  }
  return left !== 0
}

export const emptyBitmap = (): Uint8Array => new Uint8Array(bitmapBytes)

/** The positions of a bitmap, ascending. */
export const positionsOf = (bitmap: Uint8Array): number[] => {
  const positions: number[] = []
  for (let at = 0; at < chunkRows; at++) if (((bitmap[at >> 3] ?? 0) >> (at & 7)) & 1) positions.push(at)
  return positions
}
