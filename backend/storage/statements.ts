import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from './schema.ts'

/**
 * Building a statement of 256 rows costs about as much as running it, so batches go out in few fixed sizes and each
 * size is built once. All stay far below the engines' limits of bound values (SQLite 32,766, PostgreSQL 65,535).
 */
const sizes = [256, 64, 16, 4, 1] as const
const largest = sizes[0]

/** A statement over `size` items, built on first use and bound to new values each time. */
export type SizedStatement<Row> = (size: number, values: readonly unknown[]) => CompiledQuery<Row>

/** `build` must use its values in the order in which callers pass them. */
export const sizedStatement = <Row>(build: (size: number) => Compilable<Row>): SizedStatement<Row> => {
  const built = new Map<number, CompiledQuery<Row>>()
  return (size, values) => {
    const query = built.get(size) ?? build(size).compile()
    built.set(size, query)
    return { ...query, parameters: values }
  }
}

/** `size` copies of a stand-in row, for building. */
export const standIns = <Row>(size: number, row: Row): Row[] => Array.from({ length: size }, () => row)

/** Writes rows in their order; `flat` gives a row's values in the order of the statement's columns. */
export const writeAll = async <Row>(
  ...all: [db: Db, statement: SizedStatement<unknown>, rows: readonly Row[], flat: (row: Row) => readonly unknown[]]
): Promise<void> => {
  await writeReturning(...all)
}

/** As {@link writeAll}; answers what the statement returns. */
export const writeReturning = async <Row, Written>(
  db: Db,
  statement: SizedStatement<Written>,
  rows: readonly Row[],
  flat: (row: Row) => readonly unknown[],
): Promise<Written[]> => {
  const written: Written[] = []
  for (let at = 0; at < rows.length; ) {
    const left = rows.length - at
    const size = sizes.find((candidate) => candidate <= left) ?? 1
    const { rows: returned } = await db.executeQuery(statement(size, rows.slice(at, at + size).flatMap(flat)))
    for (const row of returned) written.push(row)
    at += size
  }
  return written
}

/**
 * Runs a statement that ends in a list `in (…)` over all keys; a shorter list is filled up with its last key, which
 * changes nothing for a set. `fixed` are the values bound before the list.
 */
export const overKeys = async <Row>(
  db: Db,
  statement: SizedStatement<Row>,
  fixed: readonly unknown[],
  keys: readonly string[],
): Promise<Row[]> => {
  const found: Row[] = []
  for (let at = 0; at < keys.length; at += largest) {
    const slice = keys.slice(at, at + largest)
    const size = sizes.findLast((candidate) => candidate >= slice.length) ?? largest
    const filled = slice.concat(standIns(size - slice.length, slice.at(-1) ?? ''))
    const { rows } = await db.executeQuery(statement(size, [...fixed, ...filled]))
    for (const row of rows) found.push(row)
  }
  return found
}

/** Plain Uint8Array over the same memory: drivers answer with their own subclasses. */
export const plainBytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
