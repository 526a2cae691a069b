import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { Entry } from '#protocol/entry.ts'
import { parseEntry } from '#trust/entry.ts'
import { createKeyRegister, type NamedKey } from './named-keys.ts'

const text = readFileSync(fileURLToPath(new URL('../../tests/fixtures/log/entries.ndjson', import.meta.url)), 'utf8')
const entries = text
  .split('\n')
  .filter(Boolean)
  .map((line) => parseEntry(new TextEncoder().encode(line)))
const named = (read: readonly Entry[]): readonly NamedKey[] => {
  const register = createKeyRegister()
  for (const entry of read) register.learn(entry)
  return register.keys()
}
const certified = entries.find(({ events }) => events.some(({ type }) => type === certificateRegistered.type))
if (!certified) throw new Error('no certificate in the fixture')
const registered = certificateRegistered.data.parse(
  certified.events.find(({ type }) => type === certificateRegistered.type)?.data,
)
const certificateOf = (keys: readonly NamedKey[]): NamedKey | undefined =>
  keys.find(({ kind, key }) => kind === 'certificate' && key === registered.fingerprint)
/** An entry with another event, as a log may have it. */
const entryOf = (index: number, at: number, type: string, data: object): Entry =>
  ({ ...certified, index, at, events: [{ type, data }] }) as Entry

test('the released log names its own key first, its services, and the certificates of its operators', () => {
  const keys = named(entries)
  expect(keys[0]).toMatchObject({ kind: 'log', from: { index: 0 }, whose: expect.stringMatching(/^libral:/) })
  expect(keys.filter(({ kind }) => kind === 'service').map(({ whose }) => whose)).toContainEqual(
    expect.stringMatching(/^service:/),
  )
  expect(certificateOf(keys)).toMatchObject({ from: { index: certified.index, at: certified.at } })
  expect(new Set(keys.map(({ kind, key }) => `${kind} ${key}`)).size).toBe(keys.length)
  // Nothing is known of the future: what is read of a beginning is what the whole says of it, but for ends.
  for (let upTo = 1; upTo <= entries.length; upTo++) {
    const some = named(entries.slice(0, upTo))
    expect(some.map(({ until: _, ...one }) => one)).toEqual(
      keys.slice(0, some.length).map(({ until: _, ...one }) => one),
    )
  }
})

test('a certificate ends with what comes first: its revocation or its own expiry', () => {
  const [operator, fingerprint] = [registered.operator, registered.fingerprint]
  const at = 2_000_000_000_000
  const ending = (expiresAt: number | null, reason: 'retired' | 'compromised') =>
    certificateOf(
      named([
        entryOf(5, 1, certificateRegistered.type, { ...registered, expiresAt }),
        entryOf(9, at, certificateRevoked.type, { fingerprint, operator, reason }),
      ]),
    )?.until
  expect(ending(null, 'retired')).toEqual({ why: 'retired', index: 9, at })
  expect(ending(at + 1, 'compromised')).toEqual({ why: 'compromised', index: 9, at })
  expect(ending(at - 1, 'retired')).toEqual({ why: 'expires', at: at - 1 })
  const renewed = named([
    entryOf(5, 1, certificateRegistered.type, { ...registered, expiresAt: at }),
    entryOf(7, 2, certificateRegistered.type, { ...registered, expiresAt: at + 1 }),
  ])
  expect(renewed).toMatchObject([{ from: { index: 5 }, until: { why: 'expires', at: at + 1 } }])
})
