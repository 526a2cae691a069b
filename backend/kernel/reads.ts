import type { ReadKind } from '#protocol/access.ts'

/** Reads of one kind by one operator since they were last handed out. */
export interface ReadCount {
  readonly operator: string
  readonly what: ReadKind
  /** Entries. */
  readonly count: number
}

/** Counts who reads entries of the log, so that it gets a summary a minute: bounded in memory and in what is handed out. */
export interface Reads {
  count(operator: string, what: ReadKind, entries: number): void
  /** At most 100; those that don't fit any more stand together under `*`. What is handed out is forgotten. */
  drain(): readonly ReadCount[]
}

const kindsKept = 98

export const createReads = (): Reads => {
  let kinds = new Map<string, ReadCount>()
  return {
    count: (operator, what, entries) => {
      if (entries < 1) return
      const own = `${what} ${operator}`
      const others = kinds.size >= kindsKept && !kinds.has(own)
      const key = others ? `${what} *` : own
      const known = kinds.get(key)?.count ?? 0
      kinds.set(key, { operator: others ? '*' : operator.slice(0, 64), what, count: known + entries })
    },
    drain: () => {
      const handed = [...kinds.values()]
      kinds = new Map()
      return handed
    },
  }
}
