import { describe, expect, test } from 'vitest'
import type { StoredKey, StoredToken } from '../port.ts'
import type { Open } from './harness.ts'

const wrappedKey = (n: number, custodian = 'tanaka', more: Partial<StoredKey> = {}): StoredKey => ({
  subject: `operator:s${n}`,
  class: 'personal',
  key: `key-${n}`,
  custodian,
  fingerprint: 'aa',
  wrapped: Uint8Array.of(n, 0, 255),
  ...more,
})
const token = (row: string, value: number | null, field = 'phone'): StoredToken => ({
  collection: 'session.contacts',
  row,
  field,
  subject: `operator:${row}`,
  token: value === null ? null : Uint8Array.of(value, 255),
})

export const sealedContract = (open: Open): void => {
  describe('sealed values', () => {
    test('a key is kept once for each certificate, as it came, and goes with its subject', async () => {
      const storage = await open()
      const put = (...keys: readonly StoredKey[]) => storage.write((writer) => writer.sealed.putKeys(keys))
      expect(await put(wrappedKey(1), wrappedKey(1, 'suzuki'), wrappedKey(2))).toBe(3)
      const again = wrappedKey(1, 'tanaka', { wrapped: Uint8Array.of(9) })
      expect(await put(again, wrappedKey(1, 'tanaka', { fingerprint: 'bb' }))).toBe(1)
      expect(await storage.sealed.wrapped('operator:s1', 'tanaka')).toEqual([
        wrappedKey(1),
        wrappedKey(1, 'tanaka', { fingerprint: 'bb' }),
      ])
      await storage.write(async ({ sealed }) => {
        await sealed.putTokens([token('s1', 1), token('s2', 1)])
        await sealed.erase('operator:s1')
      })
      expect(await storage.sealed.wrapped('operator:s1', 'tanaka')).toEqual([])
      expect(await storage.sealed.wrapped('operator:s1', 'suzuki')).toEqual([])
      expect(await storage.sealed.wrapped('operator:s2', 'tanaka')).toEqual([wrappedKey(2)])
      expect(await storage.sealed.find('session.contacts', 'phone', Uint8Array.of(1, 255))).toEqual(['s2'])
    })

    test('what a new custodian lacks comes in pages, once for each key', async () => {
      const storage = await open()
      const keys = Array.from({ length: 9 }, (_, n) => wrappedKey(n))
      await storage.write(({ sealed }) =>
        sealed.putKeys([
          ...keys,
          wrappedKey(3, 'tanaka', { fingerprint: 'bb' }),
          wrappedKey(0, 'suzuki'),
          wrappedKey(1, 'suzuki', { fingerprint: 'old' }),
          wrappedKey(5, 'tanaka', { key: 'other', class: 'statutory' }),
        ]),
      )
      const holder = { custodian: 'suzuki', fingerprint: 'aa' }
      const page = (after: string | null) => storage.sealed.lacking('personal', 'tanaka', holder, after, 5)
      const first = await page(null)
      expect(first.map(({ key }) => key)).toEqual(['key-1', 'key-2', 'key-3', 'key-4', 'key-5'])
      const second = await page('key-5')
      expect(second.map(({ key }) => key)).toEqual(['key-6', 'key-7', 'key-8'])
      expect(await storage.sealed.lacking('personal', 'nobody', holder, null, 5)).toEqual([])
    })

    test('keys are found by their ids, with everybody who has them', async () => {
      const storage = await open()
      const put = [wrappedKey(1), wrappedKey(1, 'suzuki'), wrappedKey(2), wrappedKey(3)]
      await storage.write(async ({ sealed }) => {
        await sealed.putKeys(put)
        await sealed.erase('operator:s3')
      })
      const found = await storage.sealed.ofKeys(['key-1', 'key-3', 'key-9'])
      expect(found.map(({ key, custodian }) => `${key} ${custodian}`).sort()).toEqual(['key-1 suzuki', 'key-1 tanaka'])
      expect(await storage.sealed.ofKeys([])).toEqual([])
    })

    test('who has how much is counted, and what nobody would have', async () => {
      const storage = await open()
      expect(await storage.sealed.coverage('personal')).toEqual({ keys: 0, subjects: 0, holders: [] })
      await storage.write(({ sealed }) =>
        sealed.putKeys([
          wrappedKey(1),
          wrappedKey(2),
          wrappedKey(2, 'tanaka', { key: 'key-2b' }),
          wrappedKey(1, 'suzuki'),
          wrappedKey(9, 'sato', { class: 'statutory' }),
        ]),
      )
      expect(await storage.sealed.coverage('personal')).toEqual({
        keys: 3,
        subjects: 2,
        holders: [
          { custodian: 'suzuki', fingerprint: 'aa', keys: 1, subjects: 1 },
          { custodian: 'tanaka', fingerprint: 'aa', keys: 3, subjects: 2 },
        ],
      })
      expect(await storage.sealed.lost('personal', ['suzuki', 'tanaka'])).toBe(0)
      expect(await storage.sealed.lost('personal', ['suzuki'])).toBe(2)
      expect(await storage.sealed.lost('personal', [])).toBe(3)
      await storage.write(({ sealed }) => sealed.drop('personal', 'tanaka', null))
      expect((await storage.sealed.coverage('personal')).keys).toBe(1)
    })

    test('a new certificate replaces the old one without a gap', async () => {
      const storage = await open()
      await storage.write(async ({ sealed }) => {
        await sealed.putKeys([wrappedKey(1), wrappedKey(1, 'tanaka', { fingerprint: 'bb' })])
        await sealed.drop('personal', 'tanaka', 'bb')
      })
      const left = await storage.sealed.wrapped('operator:s1', 'tanaka')
      expect(left.map(({ fingerprint }) => fingerprint)).toEqual(['bb'])
    })

    test('a field has one token at most, and is found by nothing else', async () => {
      const storage = await open()
      const put = (...tokens: readonly StoredToken[]) => storage.write(({ sealed }) => sealed.putTokens(tokens))
      const find = (value: number, field = 'phone') =>
        storage.sealed.find('session.contacts', field, Uint8Array.of(value, 255))
      await put(token('s1', 1), token('s2', 1), token('s2', 1, 'email'))
      expect(await find(1)).toEqual(['s1', 's2'])
      await put(token('s1', 2), token('s2', null))
      expect(await find(1)).toEqual([])
      expect(await find(2)).toEqual(['s1'])
      expect(await find(1, 'email')).toEqual(['s2'])
    })

    test('everything can be read page by page', async () => {
      const storage = await open()
      const keys = Array.from({ length: 5 }, (_, n) => wrappedKey(n))
      await storage.write(async ({ sealed }) => {
        await sealed.putKeys([...keys, wrappedKey(2, 'suzuki'), wrappedKey(2, 'suzuki', { fingerprint: 'bb' })])
        await sealed.putTokens([token('s1', 1), token('s1', 1, 'email'), token('s2', 3)])
      })
      const all: StoredKey[] = []
      for (let page = await storage.sealed.keys(null, 2); page.length > 0; ) {
        all.push(...page)
        page = await storage.sealed.keys(all.at(-1) ?? null, 2)
      }
      expect(all).toHaveLength(7)
      expect(new Set(all.map(({ key, custodian, fingerprint }) => `${key} ${custodian} ${fingerprint}`)).size).toBe(7)
      const [first] = await storage.sealed.tokens(null, 1)
      expect(first).toEqual(token('s1', 1, 'email'))
      expect(await storage.sealed.tokens(first ?? null, 9)).toEqual([token('s1', 1), token('s2', 3)])
    })

    test('nothing of it stays when the transaction fails', async () => {
      const storage = await open()
      await storage.write(({ sealed }) => sealed.putKeys([wrappedKey(1)]))
      const failing = storage.write(async ({ sealed }) => {
        await sealed.putKeys([wrappedKey(2)])
        await sealed.erase('operator:s1')
        throw new Error('power cut')
      })
      await expect(failing).rejects.toThrow('power cut')
      expect(await storage.sealed.coverage('personal')).toMatchObject({ keys: 1 })
    })
  })
}
