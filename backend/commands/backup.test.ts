import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { explaining } from '#tests/fixtures/restoration.ts'
import { startBackend } from '../host.ts'
import { backUp } from './backup.ts'
import { inspect, restore } from './restore.ts'

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

test('no backup is overwritten', async () => {
  await backedUp()
  await expect(backedUp()).rejects.toMatchObject({ code: 'backup.target-exists' })
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
  const place = { directory: at('new'), key: storageKey, file: at('2.backup') }
  const restored = await restore(place, explaining(await inspect(place)))
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
