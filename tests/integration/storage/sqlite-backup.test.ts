import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { appendEntries, bytesOf, row, sizeOf } from '#backend/storage/contract/harness.ts'
import type { Storage } from '#backend/storage/port.ts'
import { copyBackup, inspectBackup } from '#backend/storage/sqlite/backup.ts'
import { pageBytes } from '#backend/storage/sqlite/connection.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { toBase64url } from '#trust/bytes.ts'
import { rootOf } from '#trust/merkle.ts'
import { makePlace } from './place.ts'

const { file, key } = makePlace()
const open = (name: string) => openSqlite({ engine: 'sqlite', file: name, key })

const filled = async (entries = 300): Promise<Storage> => {
  const storage = await open(file())
  await storage.write(async (writer) => {
    await appendEntries(writer, entries, 2000)
    await writer.putRows([row('a', 'served'), row('b', 'half built', 'events', 2), row('c', 'old', 'alerts', 3)])
    await writer.putCollection({ name: 'events', version: 1, epoch: 1, projected: entries, ready: true })
    await writer.putCollection({ name: 'events', version: 2, epoch: 2, projected: 10, ready: false })
    await writer.putCollection({ name: 'alerts', version: 1, epoch: 3, projected: entries, ready: true })
  })
  return storage
}

const backupOf = async (entries?: number): Promise<string> => {
  const storage = await filled(entries)
  const target = file()
  await storage.backup(target)
  await storage.close()
  return target
}

describe('backup', () => {
  test('is one consistent file while commands flow', async () => {
    const storage = await filled(2000)
    const target = file()
    let over = false
    const before = await sizeOf(storage)
    const backup = storage.backup(target).then(() => {
      over = true
    })
    for (let n = 0; !over || n < 20; n++) await storage.write((writer) => appendEntries(writer, 5, 2000))
    await backup
    const { head, bytes } = await inspectBackup(target, key)
    expect(head.size).toBeGreaterThanOrEqual(before)
    expect(head.size).toBeLessThan(await sizeOf(storage))
    expect(head.root).toBe(toBase64url(rootOf([bytesOf(32, head.size)])))
    expect(bytes).toBe(readFileSync(target).length)
    expect(readFileSync(target).includes('served')).toBe(false)
    const copy = await open(target)
    expect(await copy.entries.leaves(0, 999_999)).toHaveLength(head.size)
    await copy.close()
    await storage.close()
  })

  test('leaves nothing beside it, and the store is whole afterwards', async () => {
    const storage = await filled()
    const target = file()
    await Promise.all([storage.backup(target), storage.backup(file())])
    await storage.write((writer) => appendEntries(writer, 1))
    expect((await storage.sizeBytes()).wal).toBeGreaterThan(0)
    expect(readdirSync(dirname(target)).filter((name) => target.endsWith(name.replace(/-\w+$/, '')))).toHaveLength(1)
    await storage.close()
  })

  test('never writes over anything', async () => {
    const storage = await filled(1)
    const taken = file()
    writeFileSync(taken, 'mine')
    await expect(storage.backup(taken)).rejects.toMatchObject({ code: 'backup.target-exists' })
    expect(readFileSync(taken, 'utf8')).toBe('mine')
    const haunted = file()
    writeFileSync(`${haunted}-wal`, 'of an earlier store')
    await expect(storage.backup(haunted)).rejects.toMatchObject({ code: 'backup.target-exists' })
    expect(existsSync(haunted)).toBe(false)
    await storage.close()
  })
})

describe('inspection', () => {
  test('tells another key from what is no backup', async () => {
    const backup = await backupOf()
    await expect(inspectBackup(backup, randomBytes(32))).rejects.toMatchObject({ code: 'backup.wrong-key' })
    await expect(inspectBackup(file(), key)).rejects.toMatchObject({ code: 'backup.not-a-backup' })
    await expect(inspectBackup(dirname(backup), key)).rejects.toMatchObject({ code: 'backup.not-a-backup' })
    for (const content of ['', 'text', randomBytes(2 * pageBytes)]) {
      const other = file()
      writeFileSync(other, content)
      await expect(inspectBackup(other, key)).rejects.toMatchObject({ code: 'backup.not-a-backup' })
    }
    truncateSync(backup, 5 * pageBytes)
    await expect(inspectBackup(backup, key)).rejects.toMatchObject({ code: 'backup.not-a-backup' })
  })
})

describe('restoring', () => {
  test('makes a store with new epochs and without what was half built', async () => {
    const backup = await backupOf()
    const target = file()
    const at = 1_790_000_000_000
    const info = await copyBackup({ file: backup, key, target }, at)
    expect(info.head).toEqual((await inspectBackup(backup, key)).head)
    expect(info.epoch).toBe(at / 1000)
    const storage = await open(target)
    expect(await storage.head()).toMatchObject({ size: 300, epoch: at / 1000 })
    const [alerts, events] = await storage.collections()
    expect(events).toEqual({ name: 'events', version: 1, epoch: at / 1000, projected: 300, ready: true })
    expect(alerts?.epoch).toBe(at / 1000)
    expect(await storage.rows.page('events', at / 1000, null, 9)).toEqual([{ key: 'a', value: 'served' }])
    expect(await storage.rows.page('alerts', at / 1000, null, 9)).toEqual([{ key: 'c', value: 'old' }])
    expect(await storage.rows.count('events', 2)).toBe(0)
    await storage.close()
  })

  test('refuses a damaged backup and a taken place, and leaves neither behind', async () => {
    const backup = await backupOf()
    const taken = file()
    writeFileSync(taken, 'mine')
    await expect(copyBackup({ file: backup, key, target: taken })).rejects.toMatchObject({
      code: 'backup.target-exists',
    })
    const bytes = readFileSync(backup)
    const middle = (bytes.length >> 1) + 100
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(backup, bytes)
    const target = file()
    await expect(copyBackup({ file: backup, key, target })).rejects.toMatchObject({ code: 'storage.unreadable' })
    expect(existsSync(target)).toBe(false)
  })
})
