import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'
import type { Storage, Writer } from '#backend/storage/port.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import type { CommandId } from '#protocol/ids.ts'

/**
 * Group commits of 256 entries through the storage port, beside the bare engine writing the same bytes to the same
 * tables, encrypted and synchronous=FULL alike. An entry writes one line each to entries, rows and changes; the port also
 * looks every id and row up first, as the door does, while the bare engine only writes.
 */
const groupSize = 256
const groups = 160
const rounds = 3
const key = randomBytes(32)
const entryBytes = randomBytes(700)
const hash = randomBytes(32)
const row = { code: 'hub.moduleStopped', severity: 'warning', actor: 'tanaka', text: 'x'.repeat(160) }

const idAt = (index: number): CommandId =>
  `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}` as CommandId
const keyAt = (index: number): string => String(index).padStart(16, '0')

const commitGroup = async (writer: Writer): Promise<void> => {
  const head = await writer.head()
  const indexes = Array.from({ length: groupSize }, (_, n) => head.size + n)
  const rows = indexes.map((index) => ({ collection: 'events', epoch: 1, key: keyAt(index), value: row }))
  await writer.entries.byIds(indexes.map(idAt))
  await writer.rows.get(rows)
  await writer.append(
    indexes.map((index) => ({ index, id: idAt(index), digest: hash, at: index, bytes: entryBytes, leaf: hash })),
  )
  await writer.putRows(rows)
  await writer.putChanges(rows.map((change, n) => ({ ...change, offset: head.size + n + 1, seq: 0 })))
  await writer.setHead({ ...head, size: head.size + groupSize, frontier: [hash, hash, hash] })
}

const throughPort = async (storage: Storage): Promise<void> => {
  for (let n = 0; n < groups; n++) await storage.write(commitGroup)
}

type Connection = InstanceType<typeof Database>

const openBare = (file: string): Connection => {
  const db = new Database(file)
  db.pragma(`cipher = 'aegis'`)
  db.key(Buffer.concat([Buffer.from('raw:'), key]))
  for (const setting of [
    'journal_mode = wal',
    'synchronous = full',
    'cache_size = -16384',
    'wal_autocheckpoint = 1024',
  ]) {
    db.pragma(setting)
  }
  return db
}

const bare = (db: Connection, from: number): void => {
  const entry = db.prepare('insert into entries (position, id, digest, at, leaf, bytes) values (?, ?, ?, ?, ?, ?)')
  const upsert = db.prepare(
    'insert into rows values (?, ?, ?, ?) on conflict (collection, epoch, key) do update set value = excluded.value',
  )
  const change = db.prepare('insert into changes values (?, ?, ?, ?, ?)')
  const head = db.prepare('update log_head set size = ?, frontier = ?, epoch = ?')
  const commit = db.transaction((start: number) => {
    for (let index = start; index < start + groupSize; index++) {
      entry.run(index, idAt(index), hash, index, hash, entryBytes)
      upsert.run('events', 1, keyAt(index), JSON.stringify(row))
      change.run(index + 1, 0, 'events', keyAt(index), JSON.stringify(row))
    }
    head.run(start + groupSize, Buffer.concat([hash, hash, hash]), 1)
  })
  for (let n = 0; n < groups; n++) commit(from + n * groupSize)
}

const rate = (startedAt: number): number => Math.round((groups * groupSize * 1000) / (performance.now() - startedAt))

const folder = mkdtempSync(join(tmpdir(), 'libral-bench-'))
try {
  const file = (name: string): string => join(folder, name)
  const storage = await openSqlite({ engine: 'sqlite', file: file('port.db'), key })
  // The bare engine gets the same tables, made by the port.
  await (await openSqlite({ engine: 'sqlite', file: file('bare.db'), key })).close()
  const db = openBare(file('bare.db'))
  const best = { port: 0, reference: 0 }
  for (let round = 0; round < rounds; round++) {
    let startedAt = performance.now()
    await throughPort(storage)
    best.port = Math.max(best.port, rate(startedAt))
    startedAt = performance.now()
    bare(db, round * groups * groupSize)
    best.reference = Math.max(best.reference, rate(startedAt))
  }
  db.close()
  await storage.close()
  const ratio = (best.reference / best.port).toFixed(2)
  console.log(`storage.group-commit: ${best.port} entries/s, reference ${best.reference} entries/s, ratio ${ratio}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
