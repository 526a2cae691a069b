import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Backend, startBackend } from '#backend/host.ts'
import { handovers } from '#protocol/events.ts'
import { type Session, signInAs } from '#tests/fixtures/client/session.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const secret = 'a launch secret of this test'
const sender = fileURLToPath(new URL('sender.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'libral-sender-'))
const path = join(folder, 'b.sock')
let backend: Backend
let session: Session

beforeAll(async () => {
  backend = await startBackend({
    directory: join(folder, 'backend'),
    storageKey: randomBytes(32),
    mode: 'embedded',
    listen: [{ kind: 'pipe', path }],
    launchSecret: secret,
    log: silent,
  })
  session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
})
afterAll(async () => {
  await session?.close()
  await backend?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** @param step where it kills itself; none: it goes on with what is left, and says what became of it */
const send = (step = '') =>
  new Promise<{ readonly signal: string | null; readonly said: string }>((resolve) => {
    const child = spawn(process.execPath, [sender, folder, path, secret, step], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (piece) => {
      said += piece
    })
    child.on('close', (_, signal) => resolve({ signal, said }))
  })

const made = async (): Promise<string[]> => {
  const { rows } = await session.api.history.rows({ collection: handovers.name, before: null, limit: 100 })
  return (rows as { text: string }[]).map(({ text }) => text)
}

test('a desktop that is killed between any two steps of a command comes back to one outcome, never doubled', async () => {
  const steps = ['unstored', 'stored', 'unsent', 'sent', 'answered', 'unrecorded', 'recorded']
  for (const step of steps) expect(await send(step), step).toMatchObject({ signal: 'SIGKILL' })
  const first = await send()
  expect(first.signal).toBeNull()
  // What never was on disk was never on the wire: nobody was told anything of it.
  const kept = steps.slice(1)
  const outcomes = JSON.parse(first.said) as { state: string; index: number }[]
  expect(outcomes.map(({ state }) => state)).toEqual(kept.map(() => 'accepted'))
  expect(new Set(outcomes.map(({ index }) => index)).size).toBe(kept.length)
  expect((await made()).sort()).toEqual(kept.toSorted())
  expect((await send()).said).toBe(first.said)
  expect((await made()).sort()).toEqual(kept.toSorted())
})
