import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openKeys, protectWithPassphrase } from './deployment-keys.ts'
import type { Keychain } from './keychain.ts'

/** Seals by reversing, which no file shows in the clear. */
const working: Keychain = {
  protects: () => true,
  seal: (text) => Buffer.from([...text].reverse().join('')),
  open: (sealed) => [...Buffer.from(sealed).toString()].reverse().join(''),
}
const none: Keychain = { protects: () => false, seal: () => Buffer.alloc(0), open: () => null }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('with a keychain both keys stay the same from run to run, and differ', async () => {
  const first = await openKeys(folder, working, null)
  const second = await openKeys(folder, working, null)
  expect(first.replica.protection).toBe('keychain')
  expect(second).toEqual(first)
  expect(first.replica.key).not.toEqual(first.backend)
  expect(statSync(join(folder, 'storage.key')).mode & 0o777).toBe(0o600)
})

test('without one the replica is for this run only and the backend stays readable', async () => {
  const first = await openKeys(folder, none, null)
  const second = await openKeys(folder, none, null)
  expect(first.replica.protection).toBe('this-run')
  expect(second.replica.key).not.toEqual(first.replica.key)
  expect(second.backend).toEqual(first.backend)
  expect(first.backend).toHaveLength(32)
})

test('a key that lay open goes under the keychain as soon as there is one', async () => {
  const open = await openKeys(folder, none, null)
  const sealed = await openKeys(folder, working, null)
  expect(sealed.replica.protection).toBe('keychain')
  expect(sealed.backend).toEqual(open.backend)
  expect(readFileSync(join(folder, 'storage.key'), 'utf8')).toContain('"kind":"keychain"')
})

test('a keychain that is gone locks the backend and overwrites nothing', async () => {
  await openKeys(folder, working, null)
  const before = readFileSync(join(folder, 'storage.key'))
  const locked = await openKeys(folder, none, null)
  expect(locked).toMatchObject({ backend: null, replica: { protection: 'this-run' } })
  expect(readFileSync(join(folder, 'storage.key'))).toEqual(before)
})

test('a file that nobody can read is left as it is', async () => {
  writeFileSync(join(folder, 'storage.key'), '{"v":2}')
  expect((await openKeys(folder, working, null)).backend).toBeNull()
  expect(readFileSync(join(folder, 'storage.key'), 'utf8')).toBe('{"v":2}')
})

test('under a passphrase: asked until right, never asked of a script', async () => {
  const open = await openKeys(folder, none, null)
  const kept = await protectWithPassphrase(folder, none, 'ひみつの合言葉です１２')
  expect(kept?.replica.protection).toBe('passphrase')
  expect(kept?.backend).toEqual(open.backend)
  expect(readFileSync(join(folder, 'storage.key'), 'utf8')).not.toContain('"kind":"file"')

  // The half-width digits of another input method are the same passphrase.
  const ask = vi.fn(async (wrong: boolean) => (wrong ? 'ひみつの合言葉です12' : 'wrong'))
  const again = await openKeys(folder, none, ask)
  expect(ask.mock.calls).toEqual([[false], [true]])
  expect(again).toEqual(kept)
  expect((await openKeys(folder, none, null)).backend).toBeNull()
  expect((await openKeys(folder, none, async () => null)).backend).toBeNull()
})
