import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Desk } from '#main/link/desk.ts'
import { createDeskSlot } from './desk-slot.ts'
import type { Keychain } from './keychain.ts'

vi.mock('electron', () => ({ app: { getVersion: () => '0' } }))
const { createEmbedded } = await import('./embedded.ts')

const none: Keychain = { protects: () => false, seal: () => Buffer.alloc(0), open: () => null }
const silent = { info: () => {}, warn: () => {}, error: vi.fn(), flush: async () => {} }
const nothing = () => () => {}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'em-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** A desk that waits for as many answers as it is told. */
function deskWith(pendingCommands: number) {
  const slot = createDeskSlot('this-run', Date.now)
  const state = { ...slot.state(), pendingCommands }
  const close = vi.fn(async () => {})
  const desk = {
    state: () => state,
    onState: nothing,
    rows: { onChange: nothing },
    telemetry: { onSample: nothing, onInventory: nothing },
    commands: { onSent: nothing, sent: () => [] },
    connect: () => {},
    close,
  } as unknown as Desk
  return { slot, desk, close }
}

function embeddedWith(pendingCommands: number, directory = join(folder, 'local')) {
  const { slot, desk, close } = deskWith(pendingCommands)
  const backend = {
    fork: () => {
      throw new Error('not in this test')
    },
    httpPort: () => null,
    makeSocket: () => ({ path: '/x', remove: () => {} }),
  }
  const openDesk = async () => desk
  const pageFirst = async () => {}
  const parts = { keychain: none, ask: null, slot, openDesk, pageFirst, backend, log: silent, reviewOnly: false }
  const embedded = createEmbedded({ directory, ...parts })
  return { embedded, slot, close }
}

test('a passphrase is not set while commands of this run wait to be sent', async () => {
  const { embedded, close } = embeddedWith(1)
  await embedded.open()
  const key = readFileSync(join(folder, 'local/storage.key'), 'utf8')
  vi.useFakeTimers()
  const refused = expect(embedded.protect('a long enough passphrase')).rejects.toMatchObject({ code: 'link.offline' })
  await vi.advanceTimersByTimeAsync(6_000)
  await refused
  expect(close).not.toHaveBeenCalled()
  expect(readFileSync(join(folder, 'local/storage.key'), 'utf8')).toBe(key)
})

test('with nothing waiting it is set, and the replica is opened anew', async () => {
  const { embedded, close } = embeddedWith(0)
  await embedded.open()
  expect(await embedded.protect('a long enough passphrase')).toBe('passphrase')
  expect(close).toHaveBeenCalledTimes(1)
})

test('keys that can not be opened give the replica up instead of leaving its callers waiting', async () => {
  writeFileSync(join(folder, 'file'), '')
  const { embedded, slot } = embeddedWith(0, join(folder, 'file/local'))
  await embedded.open()
  expect(slot.state().replica.state).toBe('failed')
  await expect(slot.rows.count({} as never)).rejects.toMatchObject({ code: 'replica.unavailable' })
  embedded.backend.start()
  expect(embedded.backend.failure()?.code).toBe('storage.locked')
})
