import type { CollectionDefinition, Indexed } from '#protocol/collection.ts'
import type { Json } from '#protocol/command.ts'
import { chunkGramsTable } from './chunk-grams.ts'
import { compareKeys, type Field, fieldsOf, valuesOf } from './fields.ts'
import { insertMany } from './insert-many.ts'
import type { Db } from './open-database.ts'

/** What a committed batch did to one row, for the columns in memory. */
export type Delta =
  | { readonly t: 'insert'; readonly key: string; readonly id: number; readonly values: readonly Indexed[] }
  | { readonly t: 'update'; readonly key: string; readonly id: number; readonly values: readonly Indexed[] }
  | { readonly t: 'remove'; readonly key: string; readonly id: number }

/** Rows by key, the newest value each; null removes. */
export type Changes = ReadonlyMap<string, Json>

/**
 * The tables of one generation of a collection. `rows` is small and in key order (key, id, indexed fields), so that the
 * columns in memory load fast; `bodies` holds the JSON by id. Ids are never used twice, so the text index may lag.
 */
export interface Table {
  readonly generation: number
  readonly definition: CollectionDefinition
  readonly fields: readonly Field[]
  rows(): number
  nextId(): number
  /** Within the caller's transaction. `keep`: a row that is there already stays as it is. */
  put(changes: Changes, keep?: boolean): readonly Delta[]
  idOf(key: string): number | null
  keyOf(id: number): string | null
  body(id: number): string | null
  /** Bodies with ids in [from, to), ascending. */
  bodies(from: number, to: number): readonly { readonly id: number; readonly json: string }[]
  /** Ids in key order beyond `after`. */
  page(
    after: string | null,
    descending: boolean,
    limit: number,
  ): readonly { readonly key: string; readonly id: number }[]
  /** Rows in ascending key order after a key, as [key, id, …values]. */
  scan(after: string | null, limit: number): readonly (readonly [string, number, ...Indexed[]])[]
  /** Keys that retention would let go first. */
  oldest(by: string | undefined, limit: number): readonly string[]
}

/** Makes the tables of a new generation and answers its number. */
export const createGeneration = (db: Db, definition: CollectionDefinition): number => {
  const { lastInsertRowid } = db.prepare('INSERT INTO generations (collection) VALUES (?)').run(definition.name)
  const generation = Number(lastInsertRowid)
  const columns = fieldsOf(definition).map(({ name }) => `, "${name}"`)
  db.exec(`
    CREATE TABLE "rows:${generation}" (k TEXT PRIMARY KEY, i INTEGER NOT NULL${columns.join('')}) WITHOUT ROWID;
    CREATE TABLE "bodies:${generation}" (id INTEGER PRIMARY KEY, key TEXT NOT NULL, json TEXT NOT NULL);
    ${chunkGramsTable(`"grams:${generation}"`)};
    CREATE TABLE "touched:${generation}" (id INTEGER PRIMARY KEY, absorbed INTEGER NOT NULL);`)
  return generation
}

export const openTable = (db: Db, definition: CollectionDefinition, generation: number): Table => {
  const fields = fieldsOf(definition)
  const names = fields.map(({ name }) => `"${name}"`)
  const rows = `"rows:${generation}"`
  const bodies = `"bodies:${generation}"`
  const insertRows = insertMany(db, rows, ['k', 'i', ...names])
  const insertBodies = insertMany(db, bodies, ['id', 'key', 'json'])
  const sets = names.map((name) => `${name} = ?`).join(', ')
  const update = names.length > 0 ? db.prepare(`UPDATE ${rows} SET ${sets} WHERE k = ?`) : null
  const updateBody = db.prepare(`UPDATE ${bodies} SET json = ? WHERE id = ?`)
  const remove = db.prepare(`DELETE FROM ${rows} WHERE k = ?`)
  const removeBody = db.prepare(`DELETE FROM ${bodies} WHERE id = ?`)
  const idOf = db.prepare(`SELECT i FROM ${rows} WHERE k = ?`).pluck()
  const keyOf = db.prepare(`SELECT key FROM ${bodies} WHERE id = ?`).pluck()
  const body = db.prepare(`SELECT json FROM ${bodies} WHERE id = ?`).pluck()
  const between = db.prepare(`SELECT id, json FROM ${bodies} WHERE id >= ? AND id < ? ORDER BY id`)
  const columns = ['k', 'i', ...names].join(', ')
  const scanAll = db.prepare(`SELECT ${columns} FROM ${rows} ORDER BY k LIMIT ?`).raw()
  const scanAfter = db.prepare(`SELECT ${columns} FROM ${rows} WHERE k > ? ORDER BY k LIMIT ?`).raw()
  const pages = {
    first: db.prepare(`SELECT k AS key, i AS id FROM ${rows} ORDER BY k LIMIT ?`),
    next: db.prepare(`SELECT k AS key, i AS id FROM ${rows} WHERE k > ? ORDER BY k LIMIT ?`),
    last: db.prepare(`SELECT k AS key, i AS id FROM ${rows} ORDER BY k DESC LIMIT ?`),
    before: db.prepare(`SELECT k AS key, i AS id FROM ${rows} WHERE k < ? ORDER BY k DESC LIMIT ?`),
  }
  const saveCounts = db.prepare('UPDATE generations SET rows = ?, next_id = ? WHERE generation = ?')
  const counts = db.prepare('SELECT rows, next_id AS nextId FROM generations WHERE generation = ?').get(generation) as {
    rows: number
    nextId: number
  }
  let lastKey = db.prepare(`SELECT max(k) FROM ${rows}`).pluck().get() as string | null
  let count = counts.rows
  let nextId = counts.nextId

  const change = (key: string, id: number, row: Json): Delta => {
    if (row === null) {
      remove.run(key)
      removeBody.run(id)
      count -= 1
      return { t: 'remove', key, id }
    }
    const values = valuesOf(fields, row)
    update?.run([...values, key])
    updateBody.run(JSON.stringify(row), id)
    return { t: 'update', key, id, values }
  }

  const put: Table['put'] = (changes, keep = false) => {
    const deltas: Delta[] = []
    const newRows: Indexed[] = []
    const newBodies: Indexed[] = []
    for (const [key, row] of changes) {
      const known =
        lastKey === null || compareKeys(key, lastKey) > 0 ? undefined : (idOf.get(key) as number | undefined)
      if (known !== undefined) {
        if (!keep) deltas.push(change(key, known, row))
        continue
      }
      if (row === null) continue
      const values = valuesOf(fields, row)
      const id = nextId++
      newRows.push(key, id, ...values)
      newBodies.push(id, key, JSON.stringify(row))
      deltas.push({ t: 'insert', key, id, values })
      count += 1
    }
    insertRows(newRows)
    insertBodies(newBodies)
    for (const delta of deltas) {
      if (delta.t === 'insert' && (lastKey === null || compareKeys(delta.key, lastKey) > 0)) lastKey = delta.key
    }
    if (deltas.length > 0) saveCounts.run(count, nextId, generation)
    return deltas
  }

  const page: Table['page'] = (after, descending, limit) => {
    const found =
      after === null
        ? (descending ? pages.last : pages.first).all(limit)
        : (descending ? pages.before : pages.next).all(after, limit)
    return found as { key: string; id: number }[]
  }

  const oldest: Table['oldest'] = (by, limit) => {
    const column = by === undefined || by === 'key' ? 'k' : `"${by}"`
    return db.prepare(`SELECT k FROM ${rows} ORDER BY ${column}, k LIMIT ?`).pluck().all(limit) as string[]
  }

  return {
    generation,
    definition,
    fields,
    rows: () => count,
    nextId: () => nextId,
    put,
    idOf: (key) => (idOf.get(key) as number | undefined) ?? null,
    keyOf: (id) => (keyOf.get(id) as string | undefined) ?? null,
    body: (id) => (body.get(id) as string | undefined) ?? null,
    bodies: (from, to) => between.all(from, to) as { id: number; json: string }[],
    page,
    scan: (after, limit) =>
      (after === null ? scanAll.all(limit) : scanAfter.all(after, limit)) as [string, number, ...Indexed[]][],
    oldest,
  }
}
