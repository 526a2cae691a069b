import { collectionsByName } from '#protocol/catalogue.ts'
import type { Filter } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Column } from './column.ts'
import type { Facets } from './facets.ts'
import { fieldsOf } from './fields.ts'
import { termsOf } from './grams.ts'
import type { Rows } from './rows.ts'
import { bitStage, codeStage, numbersStage, rangeStage, type Stage } from './scan.ts'

/** A filter made ready for one pass over the columns. */
export interface Predicate {
  /** Positions [from, to) that can match at all. */
  readonly from: number
  readonly to: number
  /** By columns alone. */
  readonly stages: readonly Stage[]
  /** By text, where asked: reads the row. Only for positions that pass. */
  readonly confirms: (position: number) => boolean
}

const invalid = (field: string): LibralError => new LibralError('collection.filter-invalid', { field })

const columnOf = (facets: Facets, name: string): Column => {
  const column = facets.column(name)
  if (column === undefined) throw invalid(name)
  return column
}

const textStage = (column: Column, wanted: readonly (string | number)[]): Stage => {
  const allowed = new Uint8Array(column.codes())
  for (const value of wanted) {
    const code = typeof value === 'string' ? column.code(value) : -1
    if (code >= 0) allowed[code] = 1
  }
  if (!allowed.includes(1)) return () => 0
  const { data, head } = column.window()
  return codeStage(data, head, allowed)
}

const numberStage = (column: Column, wanted: readonly (string | number)[]): Stage => {
  const allowed = new Set(wanted.filter((value) => typeof value === 'number'))
  const { data, head } = column.window()
  return numbersStage(data, head, allowed)
}

/**
 * Holds a filter to what its collection can answer, whether or not there are rows yet.
 * @throws LibralError `collection.unknown`; `collection.filter-invalid` with the `field` that is not indexed, or `text`
 * where the collection has no search
 */
export const checkFields = ({ collection, where, range, also, text }: Filter, sort: string | null): void => {
  const definition = collectionsByName.get(collection)
  if (definition === undefined) throw new LibralError('collection.unknown', { collection })
  const fields = fieldsOf(definition)
  const asked = [...Object.keys(where), ...(sort === null ? [] : [sort])]
  for (const name of asked) if (!fields.some((field) => field.name === name)) throw invalid(name)
  for (const asked of [range, also]) {
    if (asked && !fields.some(({ name, kind }) => name === asked.field && kind === 'number')) throw invalid(asked.field)
  }
  if (definition.search === undefined && termsOf(text).length > 0) throw invalid('text')
}

/** @throws LibralError `collection.filter-invalid`, where {@link checkFields} was not asked before */
export const compile = (rows: Rows, filter: Filter): Predicate => {
  const facets = rows.facets()
  const stages = Object.entries(filter.where).map(([name, wanted]) => {
    const column = columnOf(facets, name)
    return column.kind === 'text' ? textStage(column, wanted) : numberStage(column, wanted)
  })
  let from = 0
  let to = facets.size()
  for (const range of [filter.range, filter.also]) {
    if (!range) continue
    const column = columnOf(facets, range.field)
    const low = range.from ?? Number.NEGATIVE_INFINITY
    const high = range.to ?? Number.POSITIVE_INFINITY
    if (column.rising()) {
      from = Math.max(from, column.firstNotBelow(low))
      to = Math.min(to, column.firstNotBelow(high))
    } else {
      const { data, head } = column.window()
      stages.push(rangeStage(data, head, low, high))
    }
  }
  const terms = termsOf(filter.text)
  if (terms.length === 0) return { from, to, stages, confirms: () => true }
  const found = rows.text.candidates(terms)
  const { data, head } = facets.ids()
  return {
    from,
    to,
    stages: [...stages, bitStage(data, head, found.bits, found.tail)],
    confirms: (position) => found.matches(facets.id(position)),
  }
}
