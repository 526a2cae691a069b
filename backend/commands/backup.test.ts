import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startBackend } from '../host.ts'
import { backUp, restore } from './backup.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const storageKey = randomBytes(32)
let folder: string
const at = (...parts: readonly string[]): string => join(folder, ...parts)

const start = (directory: string) =>
  startBackend({
    directory,
    storageKey,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: at(`${randomBytes(4).toString('hex')}.sock`) }],
    launchSecret: 'a launch secret of this test',
    log: silent,
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bk-'))
  await (await start(at('data'))).stop()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const backedUp = () => backUp({ directory: at('data'), key: storageKey, file: at('x.backup') })

test('a restored deployment has the same root, and its backend starts as the same deployment', async () => {
  const before = await start(at('data'))
  await before.stop()
  const saved = await backedUp()
  const restored = await restore({ directory: await made('new'), key: storageKey, file: at('x.backup') })
  expect(restored.head).toEqual(saved.head)
  const after = await start(at('new'))
  expect(after.deployment).toBe(before.deployment)
  await after.stop()
})

test('nothing is overwritten, neither a backup nor a deployment', async () => {
  await backedUp()
  await expect(backedUp()).rejects.toMatchObject({ code: 'backup.target-exists' })
  await expect(restore({ directory: at('data'), key: storageKey, file: at('x.backup') })).rejects.toMatchObject({
    code: 'backup.target-exists',
  })
  await (await start(at('data'))).stop()
})

test('a wrong key and a foreign file are refused and leave nothing behind', async () => {
  await backedUp()
  const target = await made('new')
  const wrong = restore({ directory: target, key: randomBytes(32), file: at('x.backup') })
  await expect(wrong).rejects.toMatchObject({ code: 'backup.wrong-key' })
  await writeFile(at('foreign'), 'not a database')
  await writeFile(at('foreign.keys'), 'nor keys')
  const foreign = restore({ directory: target, key: storageKey, file: at('foreign') })
  await expect(foreign).rejects.toMatchObject({ code: 'backup.not-a-backup' })
  expect(await readdir(target)).toEqual([])
})

test('a running backend is left alone', async () => {
  const running = await start(at('data'))
  await expect(backedUp()).rejects.toMatchObject({ code: 'storage.locked' })
  expect(existsSync(at('x.backup'))).toBe(false)
  await running.stop()
})

const made = async (name: string): Promise<string> => {
  await mkdir(at(name), { mode: 0o700 })
  return at(name)
}
