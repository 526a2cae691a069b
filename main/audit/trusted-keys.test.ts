import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { witnessText } from '#tests/fixtures/bundle/log.ts'
import { arche, peter } from '#trust/tlog/published.ts'
import { createTrustedKeys, keyIn } from './trusted-keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const refusal = (code: string) => expect.objectContaining({ code })

const enter = (text: string, label: string, at = 5) => ({ ...keyIn(text), label, at })

it('keeps what was entered, in one form, until it is taken away', async () => {
  const keys = createTrustedKeys(folder)
  expect(await keys.list()).toEqual([])
  await keys.add([enter(` ${peter.key}\n`, '本社の記録'), enter(witnessText('one'), '監査人')])
  await keys.add([enter('0x0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567', '山田')])
  expect((await keys.list()).map(({ kind, label, at }) => [kind, label, at])).toEqual([
    ['log', '本社の記録', 5],
    ['witness', '監査人', 5],
    ['certificate', '山田', 5],
  ])
  await keys.add([enter('0123456789abcdef0123456789abcdef01234567', '山田 花子', 6)])
  expect((await createTrustedKeys(folder).list()).at(-1)).toMatchObject({ label: '山田 花子', at: 6 })
  expect(await keys.remove(keyIn(peter.key))).toBe(true)
  expect(await keys.remove(keyIn(peter.key))).toBe(false)
  expect(await keys.list()).toHaveLength(2)
})

it('sees what `libral` entered meanwhile', async () => {
  const [app, line] = [createTrustedKeys(folder), createTrustedKeys(folder)]
  await app.add([enter(peter.key, 'app')])
  await line.add([enter(witnessText('one'), 'libral')])
  await app.add([enter('0123456789abcdef0123456789abcdef01234567', 'app')])
  expect((await line.list()).map(({ label }) => label)).toEqual(['app', 'libral', 'app'])
})

it('refuses what is no key, and a file that it cannot read', async () => {
  const keys = createTrustedKeys(folder)
  for (const text of ['', '0123', 'hanako', peter.key.replace('c74f20a3', 'c74f20a4'), `${arche.logKey}x`])
    expect(() => keyIn(text)).toThrow(refusal('bundle.no-key'))
  await writeFile(join(folder, 'trusted-keys.json'), '{"v":2}')
  await expect(keys.list()).rejects.toThrow(refusal('review.keys-unreadable'))
  await expect(keys.add([enter(peter.key, '')])).rejects.toThrow(refusal('review.keys-unreadable'))
  expect(await readFile(join(folder, 'trusted-keys.json'), 'utf8')).toBe('{"v":2}')
})
