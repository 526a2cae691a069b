import type { Json } from '#protocol/command.ts'
import { countCap, type Filter, type RowQuery } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Column } from './column.ts'
import type { Facets } from './facets.ts'
import type { Count } from './messages.ts'
import { readToken, type Token, writeToken } from './page-token.ts'
import { compile, type Predicate } from './predicate.ts'
import type { Rows } from './rows.ts'
import { scan } from './scan.ts'

export interface Found {
  readonly rows: readonly Json[]
  readonly next: string | null
}

const isPlain = ({ where, range, also, text }: Filter): boolean =>
  Object.keys(where).length === 0 && range === null && also === undefined && text.trim() === ''

/** @throws LibralError `collection.filter-invalid` for a field that is not indexed or a token that is not ours */
export const query = (rows: Rows, { filter, sort, after, limit }: RowQuery): Found => {
  const token = after === null ? null : readToken(after)
  if (sort.field === null && isPlain(filter)) return plainPage(rows, token, sort.descending, limit)
  const facets = rows.facets()
  const predicate = compile(rows, filter)
  const column = sort.field === null ? null : facets.column(sort.field)
  if (column === undefined) throw new LibralError('collection.filter-invalid', { field: sort.field ?? '' })
  const inOrder = column === null || column.rising()
  const positions = inOrder
    ? walk(predicate, startOf(facets, token, sort.descending), sort.descending, limit + 1)
    : best(facets, predicate, column, token, sort.descending, limit + 1)
  return pageOf(rows, facets, column, positions, limit)
}

/** Counting stops one beyond the cap. */
export const count = (rows: Rows, filter: Filter): Count => {
  if (isPlain(filter)) return capped(rows.table.rows())
  const predicate = compile(rows, filter)
  let found = 0
  scan(predicate.stages, { ...predicate, descending: true }, (at) => {
    if (predicate.confirms(at)) found += 1
    return found <= countCap
  })
  return capped(found)
}

const capped = (found: number): Count => ({ count: Math.min(found, countCap), capped: found > countCap })

/** Without filters the table itself is in order: works before the columns are loaded. */
const plainPage = (rows: Rows, token: Token | null, descending: boolean, limit: number): Found => {
  const found = rows.table.page(token?.key ?? null, descending, limit + 1)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: bodiesOf(
      rows,
      shown.map(({ id }) => id),
    ),
    next: found.length > limit && last !== undefined ? writeToken({ key: last.key, value: null }) : null,
  }
}

/** First position behind the token in the direction of walking. */
const startOf = (facets: Facets, token: Token | null, descending: boolean): number | null => {
  if (token === null) return null
  const at = facets.lowerBound(token.key)
  if (descending) return at - 1
  return facets.isAt(at, token.key) ? at + 1 : at
}

const walk = (
  { from, to, stages, confirms }: Predicate,
  start: number | null,
  descending: boolean,
  limit: number,
): number[] => {
  const found: number[] = []
  const span = descending
    ? { from, to: Math.min(to, start === null ? to : start + 1), descending }
    : { from: Math.max(from, start ?? 0), to, descending }
  scan(stages, span, (at) => {
    if (confirms(at)) found.push(at)
    return found.length < limit
  })
  return found
}

/** The best few by a column that is not in key order: one pass that keeps them sorted; ties go by key. */
const best = (
  facets: Facets,
  { from, to, stages, confirms }: Predicate,
  column: Column,
  token: Token | null,
  descending: boolean,
  limit: number,
): number[] => {
  const rank = ranking(column)
  const sign = descending ? -1 : 1
  const compare = (left: number, right: number): number => sign * (rank(left) - rank(right) || left - right)
  const behind = token === null ? null : behindToken(facets, column, token, sign)
  const kept: number[] = []
  scan(stages, { from, to, descending: false }, (at) => {
    const worst = kept[limit - 1]
    const may = worst === undefined || compare(at, worst) < 0
    if (may && (behind === null || behind(at)) && confirms(at)) {
      kept.splice(placeOf(kept, at, compare), 0, at)
      if (kept.length > limit) kept.pop()
    }
    return true
  })
  return kept
}

/** Absent values rank lowest. */
const ranking = (column: Column): ((position: number) => number) => {
  if (column.kind === 'text') {
    const ranks = column.ranks()
    return (position) => ranks[column.raw(position)] ?? 0
  }
  return (position) => {
    const value = column.raw(position)
    return Number.isNaN(value) ? -Number.MAX_VALUE : value
  }
}

const behindToken = (facets: Facets, column: Column, token: Token, sign: number): ((position: number) => boolean) => {
  const place = facets.lowerBound(token.key)
  const exact = facets.isAt(place, token.key)
  const rank = ranking(column)
  const limit = rankOfValue(column, token)
  return (position) => {
    const apart = sign * (rank(position) - limit)
    if (apart !== 0) return apart > 0
    return sign > 0 ? position > place || (position === place && !exact) : position < place
  }
}

const rankOfValue = (column: Column, { value }: Token): number => {
  if (value === null) return column.kind === 'text' ? 0 : -Number.MAX_VALUE
  if (column.kind === 'text') return column.ranks()[column.code(String(value))] ?? 0
  return Number(value)
}

const placeOf = (kept: readonly number[], at: number, compare: (left: number, right: number) => number): number => {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(kept[middle] ?? at, at) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const pageOf = (
  rows: Rows,
  facets: Facets,
  column: Column | null,
  positions: readonly number[],
  limit: number,
): Found => {
  const shown = positions.slice(0, limit)
  const last = shown.at(-1)
  const more = positions.length > limit && last !== undefined
  return {
    rows: bodiesOf(
      rows,
      shown.map((at) => facets.id(at)),
    ),
    next: more
      ? writeToken({ key: rows.table.keyOf(facets.id(last)) ?? '', value: column === null ? null : column.value(last) })
      : null,
  }
}

const bodiesOf = (rows: Rows, ids: readonly number[]): Json[] =>
  ids.flatMap((id) => {
    const json = rows.table.body(id)
    return json === null ? [] : [JSON.parse(json) as Json]
  })
