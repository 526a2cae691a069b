import { randomBytes, randomInt } from 'node:crypto'
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { appendEntries, row, sizeOf } from '#backend/storage/contract/harness.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openConnection, pageBytes } from '#backend/storage/sqlite/connection.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { LibralError } from '#protocol/errors.ts'
import { makePlace } from './place.ts'

const { file, key } = makePlace()
const open = (name: string, withKey: Uint8Array = key) => openSqlite({ engine: 'sqlite', file: name, key: withKey })

const filled = async (entries = 400): Promise<string> => {
  const name = file()
  const storage = await open(name)
  await storage.write(async (writer) => {
    await appendEntries(writer, entries, 1000)
    await writer.putRows(Array.from({ length: entries }, (_, n) => row(`k${n}`, { text: '決済の確認' })))
  })
  await storage.close()
  return name
}

const readAll = async (storage: Storage): Promise<void> => {
  const size = await sizeOf(storage)
  await storage.entries.byIndex(0, size)
  await storage.rows.page('events', 1, null, size)
  await storage.changes.after(0, size, size)
}

/** What a damaged file answers: nothing, if the damage hit unused bytes, or one code. Anything else fails the test. */
const openAndRead = async (name: string): Promise<'read' | string> => {
  let storage: Storage | undefined
  try {
    storage = await open(name)
    await readAll(storage)
    return 'read'
  } catch (thrown) {
    if (thrown instanceof LibralError) return thrown.code
    throw thrown
  } finally {
    await storage?.close()
  }
}

describe('SQLite file', () => {
  test('holds nothing readable, nor does the log beside it', async () => {
    const name = file()
    const storage = await open(name)
    await storage.write((writer) => writer.putRows([row('geheimnis-key', 'geheimnis-value')]))
    for (const part of [name, `${name}-wal`]) {
      expect(statSync(part).size).toBeGreaterThan(0)
      expect(readFileSync(part).includes('geheimnis')).toBe(false)
      expect(readFileSync(part).includes('SQLite format')).toBe(false)
    }
    await storage.close()
  })

  test('refuses another key, and is unharmed by the attempt', async () => {
    const name = await filled()
    await expect(open(name, randomBytes(32))).rejects.toMatchObject({ code: 'storage.unreadable' })
    const storage = await open(name)
    expect(await sizeOf(storage)).toBe(400)
    await storage.close()
  })

  test('a file that is not ours is unreadable', async () => {
    for (const content of [Buffer.from('just text'), randomBytes(3 * pageBytes)]) {
      const name = file()
      writeFileSync(name, content)
      expect(await openAndRead(name)).toBe('storage.unreadable')
      expect(readFileSync(name).equals(content), 'left as it was').toBe(true)
    }
  })

  test('cut anywhere it is unreadable', async () => {
    const whole = await filled()
    const { size } = statSync(whole)
    for (const length of [1, 100, pageBytes - 1, pageBytes, pageBytes * 3, size >> 1, size - pageBytes, size - 1]) {
      const name = file()
      copyFileSync(whole, name)
      truncateSync(name, length)
      expect(await openAndRead(name), `cut to ${length} of ${size}`).toBe('storage.unreadable')
    }
  })

  test('emptied beside its log it is unreadable, and the log stays', async () => {
    const name = file()
    const storage = await open(name)
    await storage.write((writer) => appendEntries(writer, 3))
    const wal = readFileSync(`${name}-wal`)
    await storage.close()
    writeFileSync(name, '')
    writeFileSync(`${name}-wal`, wal)
    expect(await openAndRead(name)).toBe('storage.unreadable')
    expect(readFileSync(`${name}-wal`).equals(wal)).toBe(true)
  })

  test('a flipped bit in any page is noticed', async () => {
    const whole = await filled()
    const bytes = readFileSync(whole)
    for (let round = 0; round < 40; round++) {
      const page = round % (bytes.length / pageBytes)
      // Bytes 16 to 23 of the file are not encrypted: SQLite's page size and versions, checked by SQLite itself.
      const offset = page * pageBytes + randomInt(24, pageBytes)
      const bit = 1 << randomInt(8)
      const flipped = Buffer.from(bytes)
      flipped[offset] = (flipped[offset] ?? 0) ^ bit
      const name = file()
      writeFileSync(name, flipped)
      expect(['storage.unreadable', 'read'], `byte ${offset}, bit ${bit}`).toContain(await openAndRead(name))
      expect(isSound(name), `byte ${offset}, bit ${bit}`).toBe(false)
    }
  })

  test('of a later program it is refused', async () => {
    const name = await filled(1)
    const connection = openConnection({ file: name, key, cacheKib: 64 })
    connection.prepare(`update meta set value = '99' where key = 'schema-version'`).run()
    connection.close()
    await expect(open(name)).rejects.toMatchObject({ code: 'storage.newer-version', params: { version: 99 } })
  })

  test('the key has 32 bytes', async () => {
    await expect(open(file(), randomBytes(16))).rejects.toThrow(RangeError)
  })
})

const isSound = (name: string): boolean => {
  try {
    const connection = openConnection({ file: name, key, cacheKib: 1024 })
    try {
      return connection.pragma('integrity_check', { simple: true }) === 'ok'
    } finally {
      connection.close()
    }
  } catch {
    return false
  }
}
