import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepToken, readToken } from './credential.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cr-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = new Uint8Array(32).fill(1)
const token = 'a'.repeat(43)

test('a token comes back under its key and for its deployment alone', async () => {
  await keepToken(folder, key, 'libral:one', token)
  expect(readFileSync(join(folder, 'credential.json'), 'utf8')).not.toContain(token)
  expect(readToken(folder, key, 'libral:one')).toBe(token)
  expect(readToken(folder, key, 'libral:two')).toBeNull()
  expect(readToken(folder, new Uint8Array(32).fill(2), 'libral:one')).toBeNull()
})

test('where there is none, nothing comes back', () => {
  expect(readToken(folder, key, 'libral:one')).toBeNull()
})
