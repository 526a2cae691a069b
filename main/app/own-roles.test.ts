import { expect, test } from 'vitest'
import { followOwnRoles } from './own-roles.ts'

const rig = () => {
  const session = { operator: 'tanaka', roles: ['operator'] as readonly string[], locked: false }
  const row = { operator: 'tanaka', roles: ['operator'] as readonly string[] }
  const link = { state: 'live' }
  let look = (): void => undefined
  let dialled = 0
  followOwnRoles({
    rows: {
      get: async (_collection: string, key: string) => (key === row.operator ? row : null),
      onChange: (_collections: readonly string[], listener: () => void) => {
        look = listener
        return () => undefined
      },
    },
    state: () => ({ session, link }),
    again: () => {
      dialled += 1
    },
  } as never)
  const changed = async (): Promise<number> => {
    look()
    await new Promise((resolve) => setImmediate(resolve))
    return dialled
  }
  return { session, row, link, changed }
}

test('connects anew once for other roles of one’s own, and for nothing else', async () => {
  const { session, row, changed } = rig()
  expect(await changed()).toBe(0)
  row.roles = ['operator', 'custodian']
  expect(await changed()).toBe(1)
  // Asked of an instance that has not heard of it.
  expect(await changed()).toBe(1)
  session.roles = ['custodian', 'operator']
  expect(await changed()).toBe(1)
  row.roles = ['custodian']
  expect(await changed()).toBe(2)
})

test('a locked desk and one without a link are left alone', async () => {
  const { session, row, link, changed } = rig()
  row.roles = ['auditor']
  session.locked = true
  expect(await changed()).toBe(0)
  session.locked = false
  link.state = 'waiting'
  expect(await changed()).toBe(0)
  link.state = 'live'
  expect(await changed()).toBe(1)
})
