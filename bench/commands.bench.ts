import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'
import type { Storage, StoredChange, StoredEntry } from '#backend/storage/port.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { newDeployment, note, type Opened, type Person } from '#tests/integration/kernel/harness.ts'

/**
 * Durable commands at saturation, 256 in flight, through the door of a kernel in this process: shape, id, digest,
 * signature, permission, decision, entry, two rows and their changes, one fsync a batch. Beside it the bare engine's
 * group commit of the very bytes that this wrote, in batches of the mean size: what the disk and SQLite alone allow.
 *
 * In both runtimes that the backend has: Node, where it stands alone, and Electron's, where it is embedded. They bring
 * their own cryptography (OpenSSL, BoringSSL), and verifying signatures is the largest part of the work.
 */
const { electron, node } = process.versions
const runtime = electron === undefined ? `Node ${node}` : `Electron ${electron}`
const inFlight = 256
const commands = 12_000
const rounds = 3

const saturate = async (opened: Opened, next: () => SignedCommand | undefined): Promise<number> => {
  const began = performance.now()
  const worker = async (): Promise<void> => {
    for (let command = next(); command; command = next()) await opened.kernel.submit(command)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (performance.now() - began) / 1000
}

const prepared = (opened: Opened, person: Person): Promise<number> => {
  const list = Array.from({ length: commands }, (_, nth) => note(person, `引き継ぎ ${nth}`))
  return saturate(opened, () => list.pop())
}

const signedOnTheWay = (opened: Opened, person: Person): Promise<number> => {
  let left = commands
  return saturate(opened, () => (left-- > 0 ? note(person, `引き継ぎ ${left}`) : undefined))
}

interface Written {
  readonly entries: readonly StoredEntry[]
  readonly changes: readonly StoredChange[]
}

const writtenSince = async (storage: Storage, from: number): Promise<Written> => {
  const { size } = await storage.head()
  const entries: StoredEntry[] = []
  const changes: StoredChange[] = []
  for (let at = from; at < size; at += 1_000) {
    entries.push(...(await storage.entries.byIndex(at, Math.min(size, at + 1_000))))
    changes.push(...(await storage.changes.after(at, Math.min(size, at + 1_000), 10_000)))
  }
  return { entries, changes }
}

/** Seconds for the bare engine to write the same, encrypted and synchronous=FULL alike. */
const bare = async (dir: string, round: number, { entries, changes }: Written, batch: number): Promise<number> => {
  const key = randomBytes(32)
  const file = join(dir, `bare-${round}.db`)
  await (await openSqlite({ engine: 'sqlite', file, key })).close()
  const db = new Database(file)
  db.pragma(`cipher = 'aegis'`)
  db.key(Buffer.concat([Buffer.from('raw:'), key]))
  for (const setting of ['journal_mode = wal', 'synchronous = full', 'cache_size = -16384']) db.pragma(setting)
  const entry = db.prepare('insert into entries (position, id, digest, at, leaf, bytes) values (?, ?, ?, ?, ?, ?)')
  const row = db.prepare(
    'insert into rows values (?, 1, ?, ?) on conflict (collection, epoch, key) do update set value = excluded.value',
  )
  const change = db.prepare('insert into changes values (?, ?, ?, ?, ?)')
  let at = 0
  const began = performance.now()
  for (let from = 0; from < entries.length; from += batch) {
    db.transaction(() => {
      for (const { index, id, digest, at: when, leaf, bytes } of entries.slice(from, from + batch)) {
        entry.run(index, id, digest, when, leaf, bytes)
        for (; changes[at]?.offset === index + 1; at++) {
          const { offset, seq, collection, key: rowKey, value } = changes[at] as StoredChange
          row.run(collection, rowKey, JSON.stringify(value))
          change.run(offset, seq, collection, rowKey, JSON.stringify(value))
        }
      }
    })()
  }
  const seconds = (performance.now() - began) / 1000
  db.close()
  return seconds
}

const deployment = newDeployment()
try {
  const opened = await deployment.open()
  const person = await opened.signIn('tanaka', 'operator')
  await prepared(opened, person)
  const best = { prepared: 0, signed: 0, reference: 0 }
  let mean = inFlight
  for (let round = 0; round < rounds; round++) {
    const { size } = await opened.storage.head()
    opened.kernel.figures()
    best.prepared = Math.max(best.prepared, commands / (await prepared(opened, person)))
    const { batchSizes } = opened.kernel.figures()
    mean = Math.max(1, Math.round(commands / batchSizes.length))
    const written = await writtenSince(opened.storage, size)
    best.reference = Math.max(best.reference, commands / (await bare(deployment.dir, round, written, mean)))
    best.signed = Math.max(best.signed, commands / (await signedOnTheWay(opened, person)))
  }
  await opened.kernel.drain()
  const line = (name: string, rate: number): void =>
    console.log(
      `${name} (${runtime}): ${Math.round(rate)}/s, reference ${Math.round(best.reference)}/s (bare group commit of ${mean}), ratio ${(best.reference / rate).toFixed(2)}`,
    )
  line('commands.signed-beforehand', best.prepared)
  line('commands.signed-on-the-way', best.signed)
} finally {
  deployment.remove()
}

const embedded = process.env['ELECTRON_EXEC_PATH']
if (electron === undefined && embedded !== undefined) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  const { status } = spawnSync(embedded, process.argv.slice(1), { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
}
