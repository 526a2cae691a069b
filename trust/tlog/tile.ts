import { LibralError } from '#protocol/errors.ts'

/** The tree as files of 256 hashes (c2sp.org/tlog-tiles), and the entries beside them. */

export const tileWidth = 256
const hashBytes = 32

export interface TilePath {
  /** 0 holds leaf hashes; each level above, the roots of full tiles below. `entries`: the entries themselves. */
  readonly level: number | 'entries'
  readonly index: number
  /** 1 to 256; below 256 the tile is the last of its level, for now. */
  readonly width: number
}

/** `tile/L/N[.p/W]`, N in groups of three digits, all but the last marked with `x`. */
export const formatTilePath = ({ level, index, width }: TilePath): string => {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/\d{3}/g) ?? []
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${path}${width < tileWidth ? `.p/${width}` : ''}`
}

/** @throws LibralError `input.invalid` for anything that {@link formatTilePath} would not have written */
export const parseTilePath = (path: string): TilePath => {
  const [, level = '', groups = '', partial] =
    /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? []
  const index = Number(groups.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? tileWidth : Number(partial)
  const tile: TilePath = { level: level === 'entries' ? level : Number(level), index, width }
  const inRange = tile.level === 'entries' || (level !== '' && tile.level < 64)
  if (!inRange || width < 1 || formatTilePath(tile) !== path) throw new LibralError('input.invalid', { field: 'tile' })
  return tile
}

/** How many hashes level `level` has in a tree of `size` leaves: those of complete subtrees alone. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / tileWidth ** level)

/** How wide a tile is in a tree of `size` leaves; 0: it does not exist. */
export const widthOf = (level: number, index: number, size: number): number =>
  Math.max(0, Math.min(tileWidth, hashesAt(level, size) - index * tileWidth))

/** Every tile of a tree, level by level. */
export function* tilesOf(size: number): Generator<TilePath> {
  for (let level = 0; hashesAt(level, size) > 0; level++)
    for (let index = 0; widthOf(level, index, size) > 0; index++)
      yield { level, index, width: widthOf(level, index, size) }
}

/** @throws LibralError `log.broken` unless the bytes are exactly `width` hashes */
export const hashesIn = (bytes: Uint8Array, width: number): readonly Uint8Array[] => {
  if (bytes.byteLength !== width * hashBytes) throw new LibralError('log.broken', { reason: 'tile' })
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * hashBytes, (at + 1) * hashBytes))
}

/** Entries of at most 65,535 bytes, each after its length in two bytes. */
export const formatEntryBundle = (entries: readonly Uint8Array[]): Uint8Array => {
  const parts = entries.flatMap((entry) => {
    if (entry.byteLength > 0xffff) throw new LibralError('command.too-large', { bytes: entry.byteLength })
    return [Uint8Array.of(entry.byteLength >> 8, entry.byteLength & 0xff), entry]
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** @throws LibralError `log.broken` unless the bytes are exactly `width` entries */
export const entriesIn = (bytes: Uint8Array, width: number): readonly Uint8Array[] => {
  const entries: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bytes.byteLength && entries.length < width) {
    const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
    if (end > bytes.byteLength) break
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  if (at !== bytes.byteLength || entries.length !== width) throw new LibralError('log.broken', { reason: 'tile' })
  return entries
}
