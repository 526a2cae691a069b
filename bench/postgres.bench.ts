import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { shapeOf } from '#backend/kernel/shape.ts'
import type { Storage, StoredChange, StoredEntry } from '#backend/storage/port.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { note, type Person } from '#tests/integration/kernel/harness.ts'
import { openInstance, signIn, type TeamInstance } from '#tests/integration/postgres/team.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { verify } from '#trust/ed25519.ts'
import { signedBytesOver } from '#trust/statement.ts'

/**
 * Durable commands at saturation, 256 in flight, signed beforehand, through the door of one kernel on a PostgreSQL of
 * this machine with fsync on. Beside it a bare client's group commits of the very bytes that this wrote, in batches of
 * the mean size, to the same tables of the same server in the same run; and the same once more with the same signatures
 * verified on the thread pool meanwhile, which no backend that keeps its promises can leave out.
 */
const inFlight = 256
const commands = 8_000
const rounds = 3
const goal = 5_000

const saturate = async ({ kernel }: TeamInstance, list: SignedCommand[]): Promise<number> => {
  const began = performance.now()
  const worker = async (): Promise<void> => {
    for (let command = list.pop(); command; command = list.pop()) await kernel.submit(command)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (performance.now() - began) / 1000
}

const prepared = (person: Person): SignedCommand[] =>
  Array.from({ length: commands }, (_, nth) => note(person, `引き継ぎ ${nth}`))

/** What the door verifies of a command, its bytes made beforehand. */
const checkOf = (command: SignedCommand, { signer }: Person): (() => Promise<boolean>) => {
  const bytes = signedBytesOver(shapeOf(command).statementBytes)
  const signature = fromBase64url(command.signatures[0]?.value ?? '')
  return () => verify(signer.publicKey, bytes, signature)
}

const writtenSince = async (storage: Storage, from: number) => {
  const { size } = await storage.head()
  const entries: StoredEntry[] = []
  const changes: StoredChange[] = []
  for (let at = from; at < size; at += 1_000) {
    entries.push(...(await storage.entries.byIndex(at, Math.min(size, at + 1_000))))
    changes.push(...(await storage.changes.after(at, Math.min(size, at + 1_000), 10_000)))
  }
  return { entries, changes }
}

/** `($1,$2),($3,$4)…` */
const places = (rows: number, columns: number): string =>
  Array.from({ length: rows }, (_, row) => {
    const list = Array.from({ length: columns }, (__, column) => `$${row * columns + column + 1}`)
    return `(${list.join(',')})`
  }).join(',')

/** Seconds for a bare client to write the same: one multi-row statement a table, one commit a batch. */
const bare = async (
  url: string,
  { entries, changes }: Awaited<ReturnType<typeof writtenSince>>,
  batch: number,
  checks: readonly (() => Promise<boolean>)[],
): Promise<number> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const table of ['entries', 'rows', 'changes'])
    await client.query(`create table bare_${table} (like ${table} including all)`)
  await client.query('create table bare_head as select * from log_head')
  const insert = (table: string, columns: number, rows: readonly (readonly unknown[])[], more = '') =>
    client.query({
      name: `${table}${rows.length}`,
      text: `insert into ${table} values ${places(rows.length, columns)} ${more}`,
      values: rows.flat(),
    })
  const verified = (from: number) => Promise.all(checks.slice(from, from + batch).map((check) => check()))
  let at = 0
  const began = performance.now()
  let next = verified(0)
  for (let from = 0; from < entries.length; from += batch) {
    if ((await next).includes(false)) throw new Error('a signature is wrong')
    next = verified(from + batch)
    const group = entries.slice(from, from + batch)
    const last = (group.at(-1)?.index ?? 0) + 1
    const theirs: StoredChange[] = []
    for (; (changes[at]?.offset ?? Number.POSITIVE_INFINITY) <= last; at++) theirs.push(changes[at] as StoredChange)
    await client.query('begin')
    await client.query('select size from bare_head for update')
    await insert(
      'bare_entries',
      6,
      group.map((e) => [e.index, e.id, e.digest, e.at, e.leaf, e.bytes]),
    )
    const upsert = 'on conflict (collection, epoch, key) do update set value = excluded.value'
    await insert(
      'bare_rows',
      4,
      theirs.map((c) => [c.collection, 1, c.key, JSON.stringify(c.value)]),
      upsert,
    )
    await insert(
      'bare_changes',
      5,
      theirs.map((c) => [c.offset, c.seq, c.collection, c.key, JSON.stringify(c.value)]),
    )
    await client.query('update bare_head set size = $1', [last])
    await client.query('commit')
  }
  const seconds = (performance.now() - began) / 1000
  for (const table of ['entries', 'rows', 'changes', 'head']) await client.query(`drop table bare_${table}`)
  await client.end()
  return seconds
}

const folder = mkdtempSync(join(tmpdir(), 'libral-bench-'))
const server = await startPostgres()
try {
  const url = await server.createDatabase()
  const instance = await openInstance({ url, keyFile: join(folder, 'log.keys'), instance: 'bench' })
  const person = await signIn(instance)
  await saturate(instance, prepared(person))
  const best = { ours: 0, reference: 0, verifying: 0 }
  let cpuUs = 0
  let mean = inFlight
  for (let round = 0; round < rounds; round++) {
    const { size } = await instance.storage.head()
    instance.kernel.figures()
    const list = prepared(person)
    const checks = list.map((command) => checkOf(command, person))
    const before = process.cpuUsage()
    best.ours = Math.max(best.ours, commands / (await saturate(instance, list)))
    const { user, system } = process.cpuUsage(before)
    cpuUs = (user + system) / commands
    mean = Math.max(1, Math.round(commands / instance.kernel.figures().batchSizes.length))
    const written = await writtenSince(instance.storage, size)
    best.reference = Math.max(best.reference, commands / (await bare(url, written, mean, [])))
    best.verifying = Math.max(best.verifying, commands / (await bare(url, written, mean, checks)))
  }
  await instance.kernel.drain()
  const { ours, reference, verifying } = best
  const told = (rate: number) => `${Math.round(rate)}/s, ratio ${(rate / ours).toFixed(2)}`
  console.log(
    `postgres.commands: ${Math.round(ours)}/s, goal ${goal}: ${ours >= goal ? 'reached' : 'MISSED'}; ` +
      `${Math.round(cpuUs)} us of CPU each, threads included\n` +
      `reference, bare group commit of ${mean}: ${told(reference)}; with the signatures verified: ${told(verifying)}`,
  )
} finally {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}
