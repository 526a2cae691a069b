import { type RawBuilder, sql } from 'kysely'
import type { DatabaseInventory } from '#protocol/telemetry.ts'
import type { Db } from '../schema.ts'

const mostRows = 20
const mostStatements = 10
const longestText = 300

/** What the server says of itself; https://www.postgresql.org/docs/15/monitoring-stats.html has the views. */
export const inspect = async (db: Db): Promise<DatabaseInventory> => {
  const began = performance.now()
  await sql`select 1`.execute(db)
  const latency = performance.now() - began
  const [server] = await rowsOf<{ version: string; max: number; size: number }>(
    db,
    sql`select current_setting('server_version') as version, current_setting('max_connections')::int as max,
      pg_database_size(current_database()) as size`,
  )
  const [connections, locks, statements, replication] = await Promise.all([
    connectionsOf(db),
    locksOf(db),
    statementsOf(db),
    replicationOf(db),
  ])
  return {
    available: true,
    version: server?.version ?? '',
    latency,
    size: Number(server?.size ?? 0),
    connections: { ...connections, max: Number(server?.max ?? 0) },
    locks,
    statements,
    replication,
  }
}

const rowsOf = async <Row>(db: Db, query: RawBuilder<unknown>): Promise<readonly Row[]> =>
  (await query.execute(db)).rows as Row[]

const connectionsOf = async (db: Db) => {
  const [found] = await rowsOf<{ active: number; idle: number; waiting: number }>(
    db,
    sql`select count(*) filter (where state = 'active' and wait_event_type is distinct from 'Lock') as active,
        count(*) filter (where state is distinct from 'active') as idle,
        count(*) filter (where state = 'active' and wait_event_type = 'Lock') as waiting
      from pg_stat_activity where backend_type = 'client backend'`,
  )
  return { active: Number(found?.active ?? 0), idle: Number(found?.idle ?? 0), waiting: Number(found?.waiting ?? 0) }
}

const locksOf = async (db: Db): Promise<DatabaseInventory['locks']> => {
  const rows = await rowsOf<{ waiting: number; blocked: readonly number[]; seconds: number }>(
    db,
    sql`select pid as waiting, pg_blocking_pids(pid) as blocked,
        greatest(0, extract(epoch from now() - query_start))::float8 as seconds
      from pg_stat_activity where wait_event_type = 'Lock' and backend_type = 'client backend'
      order by query_start limit ${sql.lit(mostRows)}`,
  )
  return rows.map(({ waiting, blocked, seconds }) => ({ waiting, blockedBy: [...blocked], seconds }))
}

/** From pg_stat_statements where its owner has made it; otherwise what has been running longest. */
const statementsOf = async (db: Db): Promise<DatabaseInventory['statements']> => {
  const kept = await rowsOf<{ there: boolean }>(
    db,
    sql`select exists (select from pg_extension where extname = 'pg_stat_statements') as there`,
  )
  if (kept[0]?.there) {
    const rows = await statistics(db).catch(() => undefined)
    if (rows) return { source: 'statistics', rows }
  }
  return { source: 'running', rows: await runningNow(db) }
}

interface StatementRow {
  readonly text: string
  readonly calls: number
  readonly mean: number
  readonly max: number
}
const statementOf = ({ text, calls, mean, max }: StatementRow) => ({
  text: text.replace(/\s+/g, ' ').slice(0, longestText),
  calls: Number(calls),
  meanMs: mean,
  maxMs: max,
})

/** Work on data alone: what an upgrade did once to the tables would stand above it for ever. */
const statistics = async (db: Db) =>
  (
    await rowsOf<StatementRow>(
      db,
      sql`select query as text, calls, mean_exec_time as mean, max_exec_time as max from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database())
          and query ~* '^\\s*(with|select|insert|update|delete|merge)\\M'
        order by mean_exec_time desc limit ${sql.lit(mostStatements)}`,
    )
  ).map(statementOf)

/** Texts that carry parameters apart hold no values; those of other programs on the server are not shown. */
const runningNow = async (db: Db) =>
  (
    await rowsOf<StatementRow>(
      db,
      sql`select query as text, 1 as calls, extract(epoch from now() - query_start)::float8 * 1000 as mean,
          extract(epoch from now() - query_start)::float8 * 1000 as max
        from pg_stat_activity
        where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid()
          and usename = current_user and datname = current_database()
        order by query_start limit ${sql.lit(mostStatements)}`,
    )
  ).map(statementOf)

/** Other users' standbys are only shown to whom the server lets see them (role pg_monitor). */
const replicationOf = async (db: Db): Promise<DatabaseInventory['replication']> => {
  const rows = await rowsOf<{ name: string; state: string | null; lag: number | null }>(
    db,
    sql`select application_name as name, state, pg_wal_lsn_diff(sent_lsn, replay_lsn)::float8 as lag
      from pg_stat_replication order by application_name limit ${sql.lit(mostRows)}`,
  )
  return rows.map(({ name, state, lag }) => ({ name, state: state ?? 'hidden', lagBytes: lag ?? 0 }))
}
