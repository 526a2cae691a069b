import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { witnessText } from '#tests/fixtures/bundle/log.ts'
import { arche, peter } from '#trust/tlog/published.ts'
import { createTrustedKeys } from './trusted-keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const refusal = (code: string) => expect.objectContaining({ code })

it('keeps what was entered, in one form, until it is taken away', async () => {
  const keys = createTrustedKeys(folder, () => 5)
  expect(await keys.list()).toEqual([])
  await keys.add(` ${peter.key}\n`, '本社の記録')
  await keys.add(witnessText('one'), '監査人')
  await keys.add('0x0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567', '山田')
  expect((await keys.list()).map(({ kind, label, at }) => [kind, label, at])).toEqual([
    ['log', '本社の記録', 5],
    ['witness', '監査人', 5],
    ['certificate', '山田', 5],
  ])
  await keys.add('0123456789abcdef0123456789abcdef01234567', '山田 花子')
  expect((await createTrustedKeys(folder).list()).at(-1)?.label).toBe('山田 花子')
  expect(await keys.remove(peter.key)).toBe(true)
  expect(await keys.remove(peter.key)).toBe(false)
  expect(await keys.list()).toHaveLength(2)
})

it('refuses what is no key, and a file that it cannot read', async () => {
  const keys = createTrustedKeys(folder)
  for (const text of ['', '0123', 'hanako', peter.key.replace('c74f20a3', 'c74f20a4'), `${arche.logKey}x`])
    await expect(keys.add(text, '')).rejects.toThrow(refusal('bundle.no-key'))
  await writeFile(join(folder, 'trusted-keys.json'), '{"v":2}')
  await expect(keys.list()).rejects.toThrow(refusal('file.unreadable'))
  await expect(keys.add(peter.key, '')).rejects.toThrow(refusal('file.unreadable'))
  expect(await readFile(join(folder, 'trusted-keys.json'), 'utf8')).toBe('{"v":2}')
})
