/** One line of a comparison, with its number on each side; null: it does not stand there. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
  readonly before: number | null
  readonly after: number | null
}

/**
 * What leads from one text to another, line by line, by their longest common subsequence. Texts of policies have some
 * hundreds of lines, so the plain table will do.
 */
export const compareLines = (before: string, after: string): readonly DiffLine[] => {
  const [from, to] = [before.split('\n'), after.split('\n')]
  const common = tableOf(from, to)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < from.length || j < to.length) {
    const [old, next] = [from[i], to[j]]
    if (old !== undefined && old === next) {
      lines.push({ kind: 'same', text: old, before: ++i, after: ++j })
    } else if (next === undefined || (old !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ kind: 'removed', text: old ?? '', before: ++i, after: null })
    } else {
      lines.push({ kind: 'added', text: next, before: null, after: ++j })
    }
  }
  return lines
}

const at = (table: readonly (readonly number[])[], i: number, j: number): number => table[i]?.[j] ?? 0

/** Lengths of what is common from each place on. */
const tableOf = (from: readonly string[], to: readonly string[]): readonly (readonly number[])[] => {
  const table = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  for (let i = from.length - 1; i >= 0; i--) {
    const row = table[i] ?? []
    for (let j = to.length - 1; j >= 0; j--) {
      row[j] = from[i] === to[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1))
    }
  }
  return table
}

/** A stretch of unchanged lines is left out but for `around` lines beside what changed. */
export const hunksOf = (lines: readonly DiffLine[], around = 2): readonly (readonly DiffLine[])[] => {
  const near = lines.map((_, nth) => lines.slice(Math.max(0, nth - around), nth + around + 1).some(changed))
  const hunks: DiffLine[][] = []
  for (const [nth, line] of lines.entries()) {
    if (!near[nth]) continue
    const last = hunks.at(-1)
    if (last && near[nth - 1]) last.push(line)
    else hunks.push([line])
  }
  return hunks
}
const changed = ({ kind }: DiffLine): boolean => kind !== 'same'
