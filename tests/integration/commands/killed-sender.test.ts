import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

const run = (directory: string, step: string) =>
  new Promise<{ readonly signal: string | null; readonly said: string }>((resolve) => {
    const child = spawn(process.execPath, [sender, directory, path, secret, step], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (piece) => {
      said += piece
    })
    child.on('close', (_, signal) => resolve({ signal, said }))
  })

const madeOf = async (text: string): Promise<number> => {
  const { rows } = await session.api.history.rows({ collection: handovers.name, before: null, limit: 100 })
  return (rows as { text: string }[]).filter((row) => row.text === text).length
}

describe('a desktop that is killed while a command is on its way', () => {
  test.concurrent.each(['unstored', 'stored', 'unsent', 'sent', 'answered', 'unrecorded', 'recorded'])(
    '%s: comes back to one outcome, never doubled',
    async (step) => {
      const directory = join(folder, step)
      mkdirSync(directory)
      expect((await run(directory, step)).signal).toBe('SIGKILL')
      const first = await run(directory, '')
      expect(first.signal).toBeNull()
      // What never was on disk was never on the wire: the person was told nothing of it either.
      const outcomes = step === 'unstored' ? [] : [{ state: 'accepted', index: expect.any(Number) }]
      expect(JSON.parse(first.said)).toEqual(outcomes)
      expect((await run(directory, '')).said).toBe(first.said)
      expect(await madeOf(step)).toBe(outcomes.length)
    },
    60_000,
  )
})
