import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { LibralError } from '#protocol/errors.ts'
import type { Engine } from '../engine.ts'
import { migrate } from '../migrations.ts'
import type { PostgresOptions, Storage } from '../port.ts'
import type { ColumnTypes, Db, Schema } from '../schema.ts'
import { storageOver } from '../storage.ts'
import { type DatabaseClock, followClock } from './clock.ts'
import { connect, type Settings, settingsOf } from './connection.ts'
import { storageFailure } from './failure.ts'
import { inspect } from './inspect.ts'
import { type Notices, openNotices } from './notices.ts'

export const types: ColumnTypes = {
  integer: sql`bigint`,
  bytes: sql`bytea`,
  text: sql`text collate "C"`,
  clustered: sql``,
}

/** Keeps instances that start at once from migrating at once; the number is ours by choice, and means nothing. */
const migrationLock = 7_142_201_001

/**
 * Opens a deployment's tables on PostgreSQL and brings them up to date; any number of instances at once.
 * @throws LibralError `storage.unavailable`, `storage.refused`, `storage.newer-version`, `storage.full`, `storage.locked`
 *   when another run holds this instance's name
 */
export const openPostgres = async (options: PostgresOptions): Promise<Storage> => {
  const settings = settingsOf(options)
  const shared = connect(settings, { most: settings.connections })
  const writer = connect(settings, { most: 1, pipelined: true })
  const closers: (() => unknown)[] = [() => shared.destroy(), () => writer.destroy()]
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    await migrate(migrating(writer), types)
    await assertDurable(shared)
    const clock = await followClock(shared)
    closers.push(clock.stop)
    const notices = openNotices(settings)
    closers.push(notices.close)
    await named(notices, settings)
    return storageOver(engineOver({ shared, writer, clock, notices, close }))
  } catch (thrown) {
    await close()
    throw storageFailure(thrown)
  }
}

/** A database that goes away meanwhile is told as such. */
const named = async ({ named: held }: Notices, { nameMs, connectMs }: Settings): Promise<void> => {
  const late = new AbortController()
  const tooLate = pause(nameMs + 2 * connectMs, undefined, { signal: late.signal }).then(() => {
    throw new LibralError('storage.unavailable')
  })
  tooLate.catch(() => undefined)
  await Promise.race([held, tooLate]).finally(() => late.abort())
}

/** In one transaction with its step: an instance that dies in between leaves neither the step nor the lock. */
export const migrating =
  (writer: Db) =>
  <T>(step: (db: Db) => Promise<T>): Promise<T> =>
    writer.transaction().execute(async (db) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(db)
      return step(db)
    })

/**
 * What is acknowledged must survive the server's power cut. A server that is set otherwise is refused rather than
 * silently overruled: its owner should know.
 */
const assertDurable = async (db: Db): Promise<void> => {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`.execute(db)
  const weak = rows.find(({ setting }) => setting === 'off' || setting === 'local')
  if (weak) throw new LibralError('storage.refused', { reason: weak.name, setting: weak.setting })
}

interface Parts {
  readonly shared: Kysely<Schema>
  readonly writer: Kysely<Schema>
  readonly clock: DatabaseClock
  readonly notices: Notices
  readonly close: () => Promise<void>
}

const engineOver = ({ shared, writer, clock, notices, close }: Parts): Engine => {
  let last: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined
  return {
    name: 'postgres',
    types,
    locksRows: true,
    reads: shared,
    transact: (work) => shared.transaction().execute(work),
    transactLightly: (work) =>
      shared.transaction().execute(async (db) => {
        await sql`set local synchronous_commit = off`.execute(db)
        return work(db)
      }),
    write: (work) => {
      const turn = last.then(() =>
        writer.transaction().execute(async (db) => {
          // The row that makes all instances wait for one another: what is read after it is the newest.
          await db.selectFrom('log_head').select('id').forUpdate().execute()
          return work(db)
        }),
      )
      last = turn.catch(() => undefined)
      return turn
    },
    now: clock.now,
    wakeups: notices,
    messages: notices.messages,
    inspect: () => inspect(shared),
    sizeBytes: async () => {
      const { rows } = await sql<{ bytes: number }>`
        select pg_database_size(current_database()) as bytes`.execute(shared)
      return { data: rows[0]?.bytes ?? 0, freePages: 0, wal: 0 }
    },
    backup: () => Promise.reject(new LibralError('backup.not-a-backup')),
    close: () => {
      closed ??= last.then(close)
      return closed
    },
  }
}
