import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openConnection } from '#backend/storage/sqlite/connection.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { makePlace } from './place.ts'

const { file, key } = makePlace()
const rounds = 12
const seed = Number(process.env['LIBRAL_SEED'] ?? randomInt(2 ** 31))

/** Small random numbers that one seed repeats (https://prng.di.unimi.it/splitmix64.c cut to 32 bits). */
const randomFrom = (start: number) => {
  let state = start >>> 0
  return (below: number): number => {
    state = (state + 0x9e3779b9) >>> 0
    const mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    return ((mixed ^ (mixed >>> 13)) >>> 0) % below
  }
}

const startAppender = (name: string): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL('appender.ts', import.meta.url)), name, key.toString('hex')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** Lines that the process has said so far, and a promise of the first one. */
const listen = (child: ChildProcess) => {
  let text = ''
  const opened = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve()
    })
    child.once('exit', () => reject(new Error('the appender ended by itself')))
  })
  // A line cut by the kill was not acknowledged to anyone.
  return { opened, acknowledged: () => Number(text.split('\n').slice(1, -1).at(-1) ?? 0) }
}

const killAfter = async (name: string, ms: number): Promise<number> => {
  const child = startAppender(name)
  const { opened, acknowledged } = listen(child)
  await opened
  await new Promise((resolve) => setTimeout(resolve, ms))
  child.kill('SIGKILL')
  await once(child, 'close')
  return acknowledged()
}

const checkWhole = async (name: string, acknowledged: number): Promise<number> => {
  const storage = await openSqlite({ engine: 'sqlite', file: name, key })
  const { size } = await storage.head()
  expect(size).toBeGreaterThanOrEqual(acknowledged)
  expect(await storage.entries.leaves(0, size + 1000)).toHaveLength(size)
  let next = 0
  for (const { value } of await storage.rows.page('events', 1, null, 1_000_000)) {
    const batch = value as { readonly from: number; readonly to: number }
    expect(batch.from).toBe(next)
    next = batch.to
  }
  expect(next, 'batches are whole').toBe(size)
  await storage.close()
  const connection = openConnection({ file: name, key, cacheKib: 8192 })
  expect(connection.pragma('integrity_check', { simple: true })).toBe('ok')
  connection.close()
  return size
}

describe('SQLite under kill -9', () => {
  test(`nothing acknowledged is lost, LIBRAL_SEED=${seed}`, async () => {
    const name = file('killed')
    const random = randomFrom(seed)
    let before = 0
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await killAfter(name, random(250))
      const size = await checkWhole(name, Math.max(acknowledged, before))
      before = size
    }
    expect(before).toBeGreaterThan(0)
  })

  test('one process at a time; the lock of a dead one is free', async () => {
    const name = file('locked')
    const child = startAppender(name)
    await listen(child).opened
    await expect(openSqlite({ engine: 'sqlite', file: name, key })).rejects.toMatchObject({ code: 'storage.locked' })
    child.kill('SIGKILL')
    await once(child, 'close')
    const storage = await openSqlite({ engine: 'sqlite', file: name, key })
    await expect(openSqlite({ engine: 'sqlite', file: name, key })).rejects.toMatchObject({ code: 'storage.locked' })
    await storage.close()
    await (await openSqlite({ engine: 'sqlite', file: name, key })).close()
  })
})
