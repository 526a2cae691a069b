import { expect, it } from 'vitest'
import { operators, sessions, tokens } from '#protocol/session.ts'
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

it.each([
  [operators, 'since'],
  [sessions, 'openedAt'],
  [tokens, 'issuedAt'],
])('lets the oldest of $name go first, whatever their keys', async (collection, time) => {
  const dropped: string[] = []
  const all = Array.from({ length: 5 }, (_, nth) => ({ key: `k${nth}`, value: { [time]: 100 - nth } }))
  const rows = {
    count: async () => all.length,
    page: async (_n: string, _e: number, after: string | null) => (after ? [] : all),
  }
  const putRows = (puts: readonly { readonly key: string }[]) => dropped.push(...puts.map(({ key }) => key))
  await retain({
    storage: { head: async () => ({ size: 100 }), rows },
    writer: { run: async (work: (transaction: unknown) => unknown) => work({ putRows }) },
    registry: { collections: new Map([['one', { ...collection, retention: { ...collection.retention, rows: 2 } }]]) },
    served: { epochOf: () => 1 },
    counted: new Map(),
  } as unknown as RetentionDeps)
  expect(dropped).toEqual(['k4', 'k3', 'k2'])
})
