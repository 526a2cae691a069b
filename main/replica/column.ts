import type { Indexed } from '#protocol/collection.ts'

/**
 * One field of all rows. Text is kept as codes into a dictionary (0: absent), numbers as doubles (NaN: absent). Rows
 * leave at the front as a rule (retention) and come at the end, so both are cheap; the middle is a memory move.
 */
export interface Column {
  readonly kind: 'number' | 'text' | 'id'
  size(): number
  /** Code or number at a position. */
  raw(position: number): number
  /** The values themselves, and where the first one lies: for loops over all. */
  window(): { readonly data: Float64Array | Uint32Array; readonly head: number }
  value(position: number): Indexed
  push(value: Indexed): void
  insert(position: number, value: Indexed): void
  set(position: number, value: Indexed): void
  remove(position: number): void
  /** Code of a text, or -1 where no row ever had it. */
  code(text: string): number
  codes(): number
  /** The text of a code. */
  text(code: number): string
  /** Code of each text → its rank among the sorted texts; absent ranks lowest. */
  ranks(): Float64Array
  /** Numbers only: true while no value is below the one before it and none is absent. */
  rising(): boolean
  /** Where rising: first position whose number is not below this one. */
  firstNotBelow(number: number): number
  /** Position of an id, by looking at all; -1 where there is none. */
  find(raw: number): number
}

export const createColumn = (kind: Column['kind']): Column => {
  const make = (length: number): Float64Array | Uint32Array =>
    kind === 'number' ? new Float64Array(length) : new Uint32Array(length)
  let data = make(1_024)
  let head = 0
  let tail = 0
  let monotone = true
  const dictionary = new Map<string, number>()
  const texts: string[] = ['']
  let ranks: Float64Array | null = null

  const rawOf = (value: Indexed): number => {
    if (kind === 'id') return Number(value)
    if (kind === 'number') return typeof value === 'number' ? value : Number.NaN
    if (typeof value !== 'string') return 0
    const known = dictionary.get(value)
    if (known !== undefined) return known
    dictionary.set(value, texts.length)
    ranks = null
    return texts.push(value) - 1
  }

  const raw = (position: number): number => data[head + position] ?? Number.NaN

  const makeRoom = (): void => {
    if (tail < data.length) return
    const size = tail - head
    const grown = make(Math.max(1_024, size * 2))
    grown.set(data.subarray(head, tail))
    data = grown
    head = 0
    tail = size
  }

  /** After a write: still rising only if both neighbours agree. */
  const check = (position: number): void => {
    if (!monotone) return
    const value = raw(position)
    const fits =
      (position === 0 || raw(position - 1) <= value) && (position === tail - head - 1 || value <= raw(position + 1))
    monotone = fits && !Number.isNaN(value)
  }

  const insert = (position: number, value: Indexed): void => {
    makeRoom()
    data.copyWithin(head + position + 1, head + position, tail)
    data[head + position] = rawOf(value)
    tail += 1
    check(position)
  }

  const remove = (position: number): void => {
    if (position === 0) head += 1
    else {
      data.copyWithin(head + position, head + position + 1, tail)
      tail -= 1
    }
    if (head === tail) monotone = true
  }

  const firstNotBelow = (number: number): number => {
    let low = 0
    let high = tail - head
    while (low < high) {
      const middle = (low + high) >> 1
      if (raw(middle) < number) low = middle + 1
      else high = middle
    }
    return low
  }

  const rankAll = (): Float64Array => {
    if (ranks !== null) return ranks
    const order = texts.map((text, code) => ({ text, code })).slice(1)
    order.sort((left, right) => (left.text < right.text ? -1 : 1))
    ranks = new Float64Array(texts.length)
    for (const [nth, { code }] of order.entries()) ranks[code] = nth + 1
    return ranks
  }

  return {
    kind,
    size: () => tail - head,
    raw,
    window: () => ({ data, head }),
    value: (position) => {
      const found = raw(position)
      if (kind === 'text') return found === 0 ? null : (texts[found] ?? null)
      return Number.isNaN(found) ? null : found
    },
    push: (value) => insert(tail - head, value),
    insert,
    set: (position, value) => {
      data[head + position] = rawOf(value)
      check(position)
    },
    remove,
    code: (text) => dictionary.get(text) ?? -1,
    codes: () => texts.length,
    text: (code) => texts[code] ?? '',
    ranks: rankAll,
    rising: () => kind !== 'text' && monotone,
    firstNotBelow,
    find: (wanted) => {
      const at = data.subarray(head, tail).indexOf(wanted)
      return at
    },
  }
}
