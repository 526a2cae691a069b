import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { startBackend } from '../host.ts'
import { backUp, restore } from './backup.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const storageKey = randomBytes(32)
const secret = 'a launch secret of this test'
let folder: string
const at = (...parts: readonly string[]): string => join(folder, ...parts)

const start = (directory: string) =>
  startBackend({
    directory,
    storageKey,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: at(`${randomBytes(4).toString('hex')}.sock`) }],
    launchSecret: secret,
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

test('a running backend goes on taking commands while it is copied, and every copy is one committed state', async () => {
  const running = await start(at('data'))
  const session = await signInAs(running.addresses[0] ?? '', { method: 'launch', secret })
  let copying = true
  const acknowledged: string[] = []
  const flow = async (): Promise<void> => {
    while (copying) {
      const signed = session.sign(leaveHandover, { shift: '夜勤', text: '写しの間' })
      acknowledged.push((await session.api.command.submit(signed)).id)
    }
  }
  const flows = Array.from({ length: 8 }, flow)
  const order = { command: 'backup', directory: at('data'), key: storageKey.toString('base64url') }
  const sizes: number[] = []
  for (const n of [1, 2, 3]) {
    const before = acknowledged.length
    const answer = await runProgram({ ...order, file: at(`${n}.backup`) })
    expect(answer).toMatchObject({ ok: true })
    const { size } = (answer as { readonly info: { readonly head: { readonly size: number } } }).info.head
    expect(size).toBeGreaterThanOrEqual(before)
    expect(acknowledged.length).toBeGreaterThan(before)
    sizes.push(size)
  }
  copying = false
  await Promise.all(flows)
  await session.close()
  await running.stop()
  expect(new Set(acknowledged).size).toBe(acknowledged.length)
  const restored = await restore({ directory: await made('new'), key: storageKey, file: at('2.backup') })
  expect(restored.head.size).toBe(sizes[1])
  await (await start(at('data'))).stop()
})

const program = join(import.meta.dirname, 'index.ts')

/** The command as the CLI runs it: SQLite's locks hold between processes, not within one. */
async function runProgram(order: object): Promise<unknown> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(order))
  return json(child.stdout)
}

const made = async (name: string): Promise<string> => {
  await mkdir(at(name), { mode: 0o700 })
  return at(name)
}
