import { gramOf, probesOf } from './grams.ts'
import { insertMany } from './insert-many.ts'
import type { Db } from './open-database.ts'
import { andBitmap, emptyBitmap, encodePosting, orPosting } from './posting.ts'

/** A term and what to look up for it; null: any bigram that begins with this one character. */
export type Probe = readonly [term: string, gram: number | null]

/** Postings of bigrams in a table (chunk, gram, rows), which says which rows of a chunk of consecutive ids hold which. */
export interface ChunkGrams {
  /** Writes a chunk that has none yet. */
  write(chunk: number, grams: ReadonlyMap<number, readonly number[]>): void
  get(chunk: number, gram: number): Uint8Array | undefined
  replace(chunk: number, gram: number, positions: readonly number[]): void
  /** Rows of a chunk that may hold every term; null: none. */
  find(chunk: number, probes: readonly Probe[]): Uint8Array | null
}

export const probesFor = (terms: readonly string[]): readonly Probe[] =>
  terms.flatMap((term): Probe[] =>
    term.length === 1 ? [[term, null]] : probesOf(term).map((gram): Probe => [term, gram]),
  )

/** What makes {@link openChunkGrams}' table. */
export const chunkGramsTable = (table: string): string =>
  `CREATE TABLE ${table} (chunk INTEGER, gram INTEGER, rows BLOB, PRIMARY KEY (chunk, gram)) WITHOUT ROWID`

export const openChunkGrams = (db: Db, table: string): ChunkGrams => {
  const posting = db.prepare(`SELECT rows FROM ${table} WHERE chunk = ? AND gram = ?`).pluck()
  const prefix = db.prepare(`SELECT rows FROM ${table} WHERE chunk = ? AND gram BETWEEN ? AND ?`).pluck()
  const insert = insertMany(db, table, ['chunk', 'gram', 'rows'])
  const replace = db.prepare(`INSERT OR REPLACE INTO ${table} (chunk, gram, rows) VALUES (?, ?, ?)`)

  /** Rows of a chunk that hold a gram, or any gram that begins with a one-character term. */
  const probed = (chunk: number, [term, gram]: Probe): Uint8Array => {
    const found = emptyBitmap()
    if (gram !== null) {
      const rows = posting.get(chunk, gram) as Uint8Array | undefined
      if (rows !== undefined) orPosting(rows, found)
      return found
    }
    const from = gramOf(term.charCodeAt(0), 0)
    for (const rows of prefix.all(chunk, from, from + 65_535) as Uint8Array[]) orPosting(rows, found)
    return found
  }

  return {
    write: (chunk, grams) =>
      insert(
        [...grams]
          .sort(([left], [right]) => left - right)
          .flatMap(([gram, positions]) => [chunk, gram, encodePosting(positions)]),
      ),
    get: (chunk, gram) => posting.get(chunk, gram) as Uint8Array | undefined,
    replace: (chunk, gram, positions) => {
      replace.run(chunk, gram, encodePosting(positions))
    },
    find: (chunk, probes) => {
      let all: Uint8Array | null = null
      for (const probe of probes) {
        const found = probed(chunk, probe)
        if (!andBitmap(found, all ?? found)) return null
        all = found
      }
      return all
    },
  }
}
