import type { Json } from '#protocol/command.ts'
import { openChunkGrams, probesFor } from './chunk-grams.ts'
import { searchText } from './fields.ts'
import { addGrams, fold } from './grams.ts'
import type { Db } from './open-database.ts'
import { chunkRows, emptyBitmap, orPosting, positionsOf } from './posting.ts'
import type { Delta, Table } from './table.ts'

/** Which rows may hold all terms; `matches` decides. */
export interface Candidates {
  /** By row id. */
  readonly bits: Uint8Array
  /** Rows from this id on are not in the index yet: all may match, and are read only as far as a query walks. */
  readonly tail: number
  readonly matches: (id: number) => boolean
}

/**
 * Full text of one collection. Full chunks of rows have postings on disk, written in idle time; the rows behind them
 * are the tail, searched directly, so a search is complete at every moment. Rows that changed after they were indexed
 * are *touched*: always candidates, until an idle slice has added their new bigrams. Old bigrams stay, and cost only a
 * check that fails.
 */
export interface TextIndex {
  candidates(terms: readonly string[]): Candidates
  /** Within the caller's transaction. */
  note(deltas: readonly Delta[]): void
  /** After the commit. */
  forget(deltas: readonly Delta[]): void
  /** One slice of indexing, about 5 ms; false when there was nothing to do. */
  work(): boolean
  /** Rows that full chunks of the index still lack. */
  backlog(): number
}

const sliceRows = 256
const touchedAtOnce = 64
const maxCached = 2 * chunkRows

export const openTextIndex = (db: Db, table: Table): TextIndex => {
  const { generation, definition } = table
  const grams = openChunkGrams(db, `"grams:${generation}"`)
  const touchedTable = `"touched:${generation}"`
  const saveSealed = db.prepare('UPDATE generations SET sealed = ? WHERE generation = ?')
  const touch = db.prepare(`INSERT OR REPLACE INTO ${touchedTable} (id, absorbed) VALUES (?, 0)`)
  const markAbsorbed = db.prepare(`UPDATE ${touchedTable} SET absorbed = 1 WHERE id = ?`)
  const touchedIds = db.prepare(`SELECT id FROM ${touchedTable} WHERE absorbed = ?`).pluck()
  const touched = new Set(touchedIds.all(0) as number[])
  /** Absorbed: in the index with their new bigrams, but their old ones too, so a hit is never certain. */
  const absorbed = new Set(touchedIds.all(1) as number[])
  let sealed = Number(db.prepare('SELECT sealed FROM generations WHERE generation = ?').pluck().get(generation))
  let building = { upTo: 0, grams: new Map<number, number[]>() }
  /** Folded texts of the tail: it is searched on every keystroke. */
  const texts = new Map<number, string>()

  const textOf = (json: string): string => fold(searchText(definition, JSON.parse(json) as Json))

  const read = (id: number): string => {
    const known = texts.get(id)
    if (known !== undefined) return known
    const json = table.body(id)
    const text = json === null ? '' : textOf(json)
    if (id >= sealed * chunkRows && texts.size < maxCached) texts.set(id, text)
    return text
  }

  const candidates: TextIndex['candidates'] = (terms) => {
    const bits = new Uint8Array(Math.ceil(table.nextId() / 8) + chunkRows / 8)
    const set = (id: number): void => {
      bits[id >> 3] = (bits[id >> 3] ?? 0) | (1 << (id & 7))
    }
    const holdsAll = (text: string): boolean => terms.every((term) => text.includes(term))
    const probes = probesFor(terms)
    for (let chunk = 0; chunk < sealed; chunk++) {
      const found = grams.find(chunk, probes)
      if (found !== null) bits.set(found, (chunk * chunkRows) / 8)
    }
    const tail = sealed * chunkRows
    for (const id of touched) if (id < tail) set(id)
    const certain = terms.every((term) => term.length <= 2)
    return {
      bits,
      tail,
      // A bigram found is the word itself; longer words may have their bigrams apart.
      matches: (id) => (certain && id < tail && !touched.has(id) && !absorbed.has(id)) || holdsAll(read(id)),
    }
  }

  const note: TextIndex['note'] = (deltas) => {
    for (const delta of deltas) {
      if (delta.t === 'update' && delta.id < (sealed + 1) * chunkRows) touch.run(delta.id)
    }
  }

  const forget: TextIndex['forget'] = (deltas) => {
    for (const delta of deltas) {
      texts.delete(delta.id)
      if (delta.t === 'update' && delta.id < (sealed + 1) * chunkRows) touched.add(delta.id)
    }
  }

  const gather = (from: number, to: number, into: Map<number, number[]>): void => {
    for (const { id, json } of table.bodies(from, to)) {
      const found = new Set<number>()
      addGrams(texts.get(id) ?? textOf(json), found)
      for (const gram of found) {
        const positions = into.get(gram)
        if (positions === undefined) into.set(gram, [id % chunkRows])
        else positions.push(id % chunkRows)
      }
    }
  }

  const seal = (): void => {
    db.transaction(() => {
      grams.write(sealed, building.grams)
      saveSealed.run(sealed + 1, generation)
    })()
    for (let id = sealed * chunkRows; id < (sealed + 1) * chunkRows; id++) texts.delete(id)
    sealed += 1
    building = { upTo: 0, grams: new Map() }
  }

  /** Adds the new bigrams of some touched rows to their chunks. */
  const absorb = (due: readonly number[]): void => {
    const ids = due.slice(0, touchedAtOnce)
    db.transaction(() => {
      for (const id of ids) {
        const chunk = Math.floor(id / chunkRows)
        const found = new Set<number>()
        addGrams(read(id), found)
        for (const gram of found) {
          const rows = emptyBitmap()
          const present = grams.get(chunk, gram)
          if (present !== undefined) orPosting(present, rows)
          const positions = new Set([...positionsOf(rows), id % chunkRows])
          grams.replace(
            chunk,
            gram,
            [...positions].sort((left, right) => left - right),
          )
        }
        markAbsorbed.run(id)
      }
    })()
    for (const id of ids) {
      touched.delete(id)
      absorbed.add(id)
    }
  }

  const work: TextIndex['work'] = () => {
    if (definition.search === undefined) return false
    const from = sealed * chunkRows
    if (table.nextId() >= from + chunkRows) {
      gather(from + building.upTo, from + building.upTo + sliceRows, building.grams)
      building.upTo += sliceRows
      if (building.upTo >= chunkRows) seal()
      return true
    }
    if (touched.size < touchedAtOnce) return false
    const due = [...touched].filter((id) => id < from)
    if (due.length < touchedAtOnce) return false
    absorb(due)
    return true
  }

  const backlog = (): number =>
    definition.search === undefined ? 0 : Math.floor((table.nextId() - sealed * chunkRows) / chunkRows) * chunkRows

  return { candidates, note, forget, work, backlog }
}
