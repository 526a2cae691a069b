import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogHead } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { resolutions } from '#protocol/telemetry.ts'
import { equalBytes, toBase64url } from '#trust/bytes.ts'
import { append, rootOf } from '#trust/merkle.ts'
import { databaseFile } from '../host.ts'
import { purpose as keysFile, readDeploymentKeys } from '../kernel/deployment-keys.ts'
import { holdsOtherKeys, writeKeyFile } from '../kernel/key-file.ts'
import type { Reader, Storage } from '../storage/port.ts'
import { openPostgres } from '../storage/postgres/engine.ts'
import { openSqlite } from '../storage/sqlite/engine.ts'
import { verifyRoot } from './verify-root.ts'

export interface Move {
  /** Of the embedded deployment, whose backend must not run. */
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  /** postgres://… */
  readonly database: string
  /** Where the deployment's keys go, mode 0600. */
  readonly file: string
}

export interface Moved {
  readonly bytes: number
  readonly head: LogHead
}

/** Entries in one transaction. */
const slice = 500

/**
 * Brings a deployment to an empty PostgreSQL: its entries byte for byte to the same root, recomputed there; effects and
 * input that wait; the figures' history. Rows are projected anew by the first backend that starts there. The keys go
 * last, and no backend starts without them, so a move that was interrupted is simply done again: it goes on where it
 * was. What was moved is then set aside (`core.db.moved`), since two logs under one key must never go on.
 * @throws LibralError `storage.locked` while its backend runs, `backup.target-exists` for a target that is not empty,
 *   `log.broken`, and what the storages throw
 */
export const move = async ({ directory, key, database, file }: Move): Promise<Moved> => {
  if (!existsSync(databaseFile(directory))) throw new LibralError('storage.unreadable', { reason: 'missing' })
  const keys = readDeploymentKeys(directory, key)
  if (holdsOtherKeys(file, keys)) throw new LibralError('backup.target-exists', { file: 'log-key' })
  const source = await openSqlite({ engine: 'sqlite', file: databaseFile(directory), key })
  const moved = await into(source, database).finally(() => source.close())
  writeKeyFile(file, keys)
  for (const name of [databaseFile(directory), join(directory, keysFile)]) await rename(name, `${name}.moved`)
  return moved
}

const into = async (source: Storage, database: string): Promise<Moved> => {
  const head = await verifyRoot(source)
  const target = await openPostgres({ engine: 'postgres', url: database })
  try {
    await assertPrefix(source, target, head.size)
    while ((await target.head()).size < head.size) await target.write((writer) => copySlice(source, writer, head.size))
    // Cursors of before are answered by a snapshot: no change rows come along.
    await target.trimChanges(head.size)
    await copyQueues(source, target)
    await copySealed(source, target)
    await copyEvidence(source, target, head.size)
    await copyHistory(source, target)
    const proved = await verifyRoot(target)
    if (proved.root !== head.root) throw new LibralError('log.broken', { size: head.size })
    const { data } = await target.sizeBytes()
    return { bytes: data, head: proved }
  } finally {
    await target.close()
  }
}

type Writer = Parameters<Parameters<Storage['write']>[0]>[0]

/** How far the target is stands in the target, under its lock: two moves at once, or one after another, write no entry twice. */
const copySlice = async (source: Reader, writer: Writer, to: number): Promise<void> => {
  const { size, frontier } = await writer.head()
  const entries = await source.entries.byIndex(size, Math.min(to, size + slice))
  if (entries.length === 0) return
  const next = append(
    frontier,
    size,
    entries.map(({ leaf }) => leaf),
  )
  await writer.append(entries)
  if (next.nodes.length > 0) await writer.putNodes(next.nodes)
  const { epoch } = await source.head()
  await writer.setHead({ size: size + entries.length, frontier: next.frontier, epoch })
}

/** Empty, or what an interrupted move of this very log left. */
const assertPrefix = async (source: Reader, target: Storage, most: number): Promise<void> => {
  const { size, frontier } = await target.head()
  const used = (await target.collections()).length > 0
  if (used || size > most) throw new LibralError('backup.target-exists', { size })
  let known: readonly Uint8Array[] = []
  for (let from = 0; from < size; from += slice) {
    known = append(known, from, await source.entries.leaves(from, Math.min(size, from + slice))).frontier
  }
  if (!equalBytes(rootOf(known), rootOf(frontier))) {
    throw new LibralError('backup.target-exists', { root: toBase64url(rootOf(frontier)) })
  }
}

const copyQueues = async (source: Storage, target: Storage): Promise<void> => {
  const there = new Set((await target.outbox.waiting()).map(({ id }) => id))
  const effects = (await source.outbox.waiting()).filter(({ id }) => !there.has(id))
  if (effects.length > 0) await target.write((writer) => writer.putOutbox(effects))
  // What is there already is left as it is.
  for (const item of await source.inbox.waiting()) await target.inbox.put([item], Number.MAX_SAFE_INTEGER)
}

/** Wrapped keys and the search index: they stand in no entry. What is there already stays. */
const copySealed = async ({ sealed }: Storage, target: Storage): Promise<void> => {
  for (let page = await sealed.keys(null, slice); page.length > 0; ) {
    const keys = page
    await target.write((writer) => writer.sealed.putKeys(keys))
    page = await sealed.keys(keys.at(-1) ?? null, slice)
  }
  for (let page = await sealed.tokens(null, slice); page.length > 0; ) {
    const tokens = page
    await target.write((writer) => writer.sealed.putTokens(tokens))
    page = await sealed.tokens(tokens.at(-1) ?? null, slice)
  }
}

/** Piece by piece, since they are large; what no entry names stays behind. */
const copyEvidence = async ({ evidence }: Storage, target: Storage, size: number): Promise<void> => {
  for (let page = await evidence.named(0, size, null, slice); page.length > 0; ) {
    for (const { index, digest } of page) {
      const bytes = await evidence.bytes(digest)
      if (bytes !== null) await target.evidence.keep(digest, bytes, target.now())
      await target.write((writer) => writer.evidence.name(index, [digest]))
    }
    page = await evidence.named(0, size, page.at(-1) ?? null, slice)
  }
}

const dayMs = 86_400_000

/** Day by day, since a month of figures is large. */
const copyHistory = async (source: Storage, target: Storage): Promise<void> => {
  const end = Date.now() + dayMs
  for (const { seconds, keepSeconds } of resolutions) {
    for (let from = end - dayMs - keepSeconds * 1_000; from < end; from += dayMs) {
      const buckets = await source.telemetry.range(seconds, null, from, from + dayMs)
      if (buckets.length > 0) await target.telemetry.put(buckets)
    }
  }
}
