import { expect, it } from 'vitest'
import { type RetentionDeps, retain } from './retention.ts'

it('counts the rows of a collection again only once the log may have brought it over its bound', async () => {
  let size = 100
  let counts = 0
  const rows = {
    count: async () => {
      counts++
      return 1_000
    },
  }
  const deps = {
    storage: { head: async () => ({ size }), rows },
    registry: { collections: new Map([['events', { name: 'events', retention: { rows: 1_000 } }]]) },
    served: { epochOf: () => 1 },
    counted: new Map(),
  } as unknown as RetentionDeps
  await retain(deps)
  size += 10
  await retain(deps)
  expect(counts).toBe(1)
  size += 1_000
  await retain(deps)
  expect(counts).toBe(2)
})
