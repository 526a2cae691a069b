import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { PostgresOptions } from '../port.ts'
import type { Db, Schema } from '../schema.ts'
import { storageFailure } from './failure.ts'

/** Short enough that a client's own patience (10 s) outlasts them, long enough for a rebuild's largest slice. */
export const defaults = {
  connections: 8,
  connectMs: 3_000,
  statementMs: 15_000,
  lockMs: 10_000,
  idleMs: 5_000,
  nameMs: 25_000,
} as const

type Absent = 'log' | 'instance' | 'nameLost'
export type Settings = Required<Omit<PostgresOptions, Absent>> & Pick<PostgresOptions, Absent>
export const settingsOf = (options: PostgresOptions): Settings => ({ ...defaults, ...options })

/** bigint, as positions, times and counts are: all of ours are safe integers. */
const int8 = 20
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig

/** How a connection of ours is made; the server ends what takes too long, also when we no longer can. */
export const clientConfig = (settings: Settings): pg.ClientConfig => ({
  connectionString: settings.url,
  application_name: 'libral',
  connectionTimeoutMillis: settings.connectMs,
  statement_timeout: settings.statementMs,
  lock_timeout: settings.lockMs,
  idle_in_transaction_session_timeout: settings.idleMs,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  types,
})

/** A server that is frozen, or behind a cut, ends nothing: then we let go of the connection ourselves. */
const graceMs = 2_000

/** Plans are kept by name on each connection; only lists of odd lengths could ever make more than these. */
const keptStatements = 200
const names = new Map<string, string>()
const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= keptStatements) return known
  const name = `libral${names.size}`
  names.set(text, name)
  return name
}

export interface PoolOptions {
  readonly most: number
  /** Statements leave without waiting for the answers of those before; for a connection that one work holds at a time. */
  readonly pipelined?: boolean
}

/** Kysely over connections to one server, and how to end them all. PostgreSQL's failures leave as ours. */
export const connect = (settings: Settings, { most, pipelined = false }: PoolOptions): Db => {
  const config = {
    ...clientConfig(settings),
    max: most,
    idleTimeoutMillis: 60_000,
    // Queued behind busy connections as long as one statement may take, then told so.
    connectionTimeoutMillis: settings.connectMs,
    pipeline: pipelined,
  }
  const pool = new pg.Pool(config)
  // An idle connection that breaks is taken out of the pool by itself; the next one that is asked for is new.
  pool.on('error', () => undefined)
  return new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: {
        options: {},
        connect: async () => {
          try {
            return clientOver(await pool.connect(), settings.statementMs + graceMs)
          } catch (thrown) {
            throw storageFailure(thrown)
          }
        },
        end: () => pool.end(),
      },
    }),
  })
}

const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()

/** Kysely knows connections by identity, so each has one face. */
const clientOver = (client: pg.PoolClient, patienceMs: number): PostgresPoolClient => {
  const known = clients.get(client)
  if (known) return known
  // Told once more by the statement that fails; without a listener the process would end.
  client.on('error', () => undefined)
  let broken = false
  const face = {
    query: async (text: string, values: readonly unknown[] = []) => {
      const late = setTimeout(() => cut(client), patienceMs)
      try {
        const name = values.length > 0 ? nameOf(text) : undefined
        return await client.query({ text, values: [...values], ...(name !== undefined && { name }) })
      } catch (thrown) {
        const ours = storageFailure(thrown)
        // After a statement of its own failed a connection is whole; after anything else nobody knows.
        if (!isStatementFailure(thrown)) broken = true
        throw ours
      } finally {
        clearTimeout(late)
      }
    },
    release: () => client.release(broken),
  } as unknown as PostgresPoolClient
  clients.set(client, face)
  return face
}

/** Pending statements then fail as on a lost connection. */
const cut = (client: pg.PoolClient): void => {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }
  connection.stream.destroy()
}

/** A plan of another schema version (0A000) never fits again, so that connection goes too. */
const isStatementFailure = (thrown: unknown): boolean =>
  thrown instanceof pg.DatabaseError && thrown.severity === 'ERROR' && thrown.code !== '0A000'
