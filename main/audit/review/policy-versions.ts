import type { Entry } from '#protocol/entry.ts'
import type { PolicyVersion } from '#protocol/review.ts'
import { createPolicyReader } from '#trust/policies.ts'
import type { ReadEntry } from './entry-index.ts'

/** Which policy sets were in force over a bundle's range, and how many entries were judged under each. */
export interface PolicyVersions {
  /** An entry from outside the range. */
  before(read: ReadEntry): void
  /** The next one of the range. */
  add(entry: Entry): void
  all(): PolicyVersion[]
}

interface Stretch {
  readonly hash: string
  readonly from: number
  readonly at: number
  entries: number
}

export const createPolicyVersions = (): PolicyVersions => {
  const reader = createPolicyReader()
  const stretches: Stretch[] = []
  return {
    before: ({ entry }) => {
      if (entry !== null) reader.take(entry)
    },
    add: (entry) => {
      reader.take(entry)
      const last = stretches.at(-1)
      if (last?.hash === entry.policy) last.entries++
      else stretches.push({ hash: entry.policy, from: entry.index, at: entry.at, entries: 1 })
    },
    all: () => {
      const history = reader.history()
      return stretches.map(({ hash, from, at, entries }) => {
        const published = history.byHash(hash)
        return { hash, from, at, entries, source: published?.text ?? null, publishedBy: published?.by ?? null }
      })
    },
  }
}
