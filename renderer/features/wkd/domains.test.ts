import { expect, test } from 'vitest'
import type { KeyEntry } from '#protocol/keys.ts'
import { domainsOf } from './domains.ts'

const entry = (id: string, own: boolean, ...emails: readonly string[]): KeyEntry =>
  ({ id, own, name: id, certificates: [{ userIds: emails.map((email) => ({ email })) }] }) as unknown as KeyEntry

test('own identities stand under each domain of their addresses; others nowhere', () => {
  const entries = [
    entry('a', true, 'a@Example.jp', 'a@example.org', 'a@example.jp'),
    entry('b', true, '', 'b@example.jp'),
    entry('c', false, 'c@example.jp'),
    entry('d', true, ''),
  ]
  expect(domainsOf(entries)).toEqual([
    {
      name: 'example.jp',
      entries: [
        { id: 'a', name: 'a', addresses: ['a@Example.jp', 'a@example.jp'] },
        { id: 'b', name: 'b', addresses: ['b@example.jp'] },
      ],
    },
    { name: 'example.org', entries: [{ id: 'a', name: 'a', addresses: ['a@example.org'] }] },
  ])
})
