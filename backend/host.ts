import { existsSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import type { Restoration } from '#protocol/log.ts'
import { sha256, utf8 } from '#trust/bytes.ts'
import manifest from '../package.json' with { type: 'json' }
import type { Demo } from './demo/index.ts'
import { openFaces } from './faces.ts'
import { createKernel } from './kernel/create-kernel.ts'
import { type DeploymentKeys, openDeploymentKeys } from './kernel/deployment-keys.ts'
import type { Kernel, ModuleStatus, Supervisor } from './kernel/kernel.ts'
import { adoptNextKeys, nextKeyFile, openKeyFile } from './kernel/key-file.ts'
import { seedPolicy } from './kernel/policy/seed.ts'
import { relayOver, type TelemetryRelay } from './modules/hub/telemetry/relay.ts'
import { createModules, type Modules } from './modules/index.ts'
import type { PaymentSettings } from './modules/payments/adapters.ts'
import type { PrintedCode } from './modules/session/bootstrap.ts'
import type { Redis } from './redis/index.ts'
import { handLogOver } from './replace-log-key.ts'
import type { Storage } from './storage/port.ts'
import { openSqlite } from './storage/sqlite/engine.ts'
import type { TransportLimits } from './transport/limits.ts'
import type { Listen } from './transport/listen.ts'
import type { PeerRules } from './transport/peers.ts'
import type { Log } from './transport/services.ts'
import type { TlsFiles } from './transport/tls.ts'

export const version: string = manifest.version

/** The one instance over SQLite. */
const soleInstance = 'core'

/** A deployment that several instances share. */
export interface SharedDatabase {
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE */
  readonly url: string
  /** The deployment's keys, mode 0600, the same for every instance; made when the database is empty. */
  readonly logKeyFile: string
  /** Names this instance, the same from launch to launch and no two alike; the machine's name when absent. */
  readonly instance?: string
}

export interface BackendOptions {
  /** Made with mode 0700 when absent. Holds `core.db` and `deployment.keys`. */
  readonly directory: string
  /** 32 bytes; of no use with a `database`. */
  readonly storageKey?: Uint8Array
  /** PostgreSQL instead of files in `directory`. */
  readonly database?: SharedDatabase
  readonly mode: 'embedded' | 'standalone'
  readonly listen: readonly Listen[]
  /** Signs the local operator in; absent for a backend that nobody launches with one. */
  readonly launchSecret?: string
  /** Issues a code for an administrator though somebody is in charge. */
  readonly recoveryCode?: boolean
  /** Serves health and metrics on a port of loopback of its own; 0 takes a free one. */
  readonly httpPort?: number
  /** The folder of a Web Key Directory to serve beside them. */
  readonly wkd?: string
  /** Checkpoint and hash tiles over HTTP for anybody; entries need a token in any case. */
  readonly openTree?: boolean
  /** Serves them on the ports of `listen`, too. */
  readonly web?: boolean
  /** The payment providers of this deployment, with their keys. */
  readonly payments?: PaymentSettings
  /** Whom to believe and whom to refuse on addresses; absent: nobody is believed, nobody refused. */
  readonly peers?: PeerRules
  readonly tls?: TlsFiles
  /** Shared by several instances; closed by whoever opened it. */
  readonly redis?: Redis
  /** For tests of overload: how late the process is, ms. */
  readonly pressureDelay?: () => number
  /** What people call the deployment; kept from the first start on. */
  readonly name?: string
  readonly log: Log
  /** Told once when an essential module has failed for good: the host ends, and whoever started it starts it anew. */
  readonly failed?: () => void
  readonly limits?: Partial<TransportLimits>
  /** Begins the log's new id, once: what was stored here is a restored backup's. */
  readonly restoration?: Restoration
  /** Shows made-up payments instead of anybody's. */
  readonly demo?: Demo
  /** For tests of a full disk: pages that the database may have. */
  readonly maxPages?: number
}

export interface Backend {
  readonly deployment: DeploymentId
  /** `unix:PATH` or `HOST:PORT`, in the order of `listen`. */
  readonly addresses: readonly string[]
  /** A one-time code to print: nobody could sign in, or a recovery was asked for (standalone only). */
  readonly firstCode: PrintedCode | undefined
  readonly connections: () => number
  /** Drains: no new connections, running calls answered, modules stopped, storage closed. */
  stop(): Promise<void>
}

/** The file that holds everything a deployment remembers. */
export const databaseFile = (directory: string): string => join(directory, 'core.db')

/** Stands in a folder while a backup is being restored there: no backend may start on what is half there. */
export const restoringFile = (directory: string): string => join(directory, 'restoring')

/**
 * Composes storage, keys, modules, kernel and transport, the same for every host.
 * @throws LibralError `storage.locked` when another backend runs on this data, `storage.unreadable`,
 *   `storage.newer-version`, `log.broken`
 */
export const startBackend = async (options: BackendOptions): Promise<Backend> => {
  const { directory, log } = options
  if (existsSync(restoringFile(directory))) throw new LibralError('storage.unreadable', { reason: 'restoring' })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const storage = await openStorage(options)
  const cleanups: (() => Promise<void>)[] = [() => storage.close()]
  try {
    const core = await openCore(options, storage)
    cleanups.splice(0, 1, () => core.kernel.drain())
    await core.kernel.ready
    if (options.demo) {
      cleanups.unshift(options.demo.close)
      await options.demo.seeded
    }
    const { ticketSecret } = core
    const shared = {
      ...(options.redis && { limiters: options.redis.limiters }),
      ...(options.database && { firstUse: firstUseOver(options.redis, storage) }),
    }
    const faces = await openFaces({ ...options, ...shared, ticketSecret, version }, { ...core, storage }, cleanups)
    watchEssentials(core.kernel.modules, options)
    log.info('backend.started', { deployment: core.kernel.deployment.id, mode: options.mode, pid: process.pid })
    return {
      deployment: core.kernel.deployment.id,
      addresses: faces.transport.addresses,
      firstCode: core.firstCode(),
      connections: faces.transport.connections,
      stop: once(async () => {
        await inReverse(cleanups)
        log.info('backend.stopped', { deployment: core.kernel.deployment.id })
      }),
    }
  } catch (failure) {
    await inReverse(cleanups).catch(() => undefined)
    throw failure
  }
}

/**
 * Replaces the log's key of a shared database, with no faces to the world; every instance needs the new key file then.
 * @throws LibralError as {@link startBackend}
 */
export const replaceLogKey = async (options: BackendOptions & { readonly database: SharedDatabase }): Promise<void> => {
  const { database } = options
  const file = database.logKeyFile
  const withCore = async (logKeyFile: string, work: (core: Core) => Promise<void>): Promise<void> => {
    const storage = await openStorage(options)
    const opening = openCore({ ...options, database: { ...database, logKeyFile } }, storage)
    const core = await opening.catch(async (failure: unknown) => {
      await storage.close()
      throw failure
    })
    try {
      await core.kernel.ready
      await work(core)
    } finally {
      await core.kernel.drain()
    }
  }
  try {
    await withCore(file, ({ kernel, keys }) => handLogOver({ kernel, keys, file }))
  } catch (failure) {
    const replaced = failure instanceof LibralError && failure.params['reason'] === 'key-replaced'
    if (!replaced || !existsSync(nextKeyFile(file))) throw failure
    // It was interrupted between entry and file, or somebody else replaced it: only the log's own key is taken up.
    await withCore(nextKeyFile(file), async () => undefined)
    adoptNextKeys(file)
  }
}

/**
 * Opens the log of a restored backup with no faces to the world, so that its new id stands in it; without a restoration
 * tells whether it does.
 * @throws LibralError `log.broken` where the keys' id is none of the log's
 */
export const beginRestored = async (options: BackendOptions): Promise<void> => {
  const storage = await openStorage(options)
  const core = await openCore(options, storage).catch(async (failure: unknown) => {
    await storage.close()
    throw failure
  })
  try {
    await core.kernel.ready
  } finally {
    await core.kernel.drain()
  }
}

/** Without an essential module nobody can sign in or see anything; only a new process can help. */
export const watchEssentials = (
  modules: Pick<Supervisor, 'list' | 'onChange'>,
  { log, failed }: Pick<BackendOptions, 'log' | 'failed'>,
): void => {
  let told = false
  const look = ({ definition: { manifest }, state, reason }: ModuleStatus): void => {
    if (told || !manifest.essential || state !== 'failed') return
    told = true
    log.error('backend.essential-failed', { module: manifest.name, reason })
    failed?.()
  }
  modules.onChange(look)
  for (const status of modules.list()) look(status)
}

/** First of all: over SQLite it holds the lock that keeps a second backend away from everything else in the directory. */
const openStorage = async (options: BackendOptions): Promise<Storage> => {
  const { directory, storageKey, database, maxPages, log } = options
  if (database) {
    // Only who needs it loads it: the desktop's backend starts without.
    const { openPostgres } = await import('./storage/postgres/engine.ts')
    const instance = instanceOf(options)
    const nameLost = (): void => {
      log.error('backend.name-lost', { instance })
      options.failed?.()
    }
    return openPostgres({ engine: 'postgres', url: database.url, instance, nameLost, log })
  }
  return openSqlite({
    engine: 'sqlite',
    file: databaseFile(directory),
    key: keyFor(storageKey),
    ...(maxPages !== undefined && { maxPages }),
  })
}

const keyFor = (storageKey: Uint8Array | undefined): Uint8Array => {
  if (storageKey === undefined) throw new LibralError('storage.unreadable', { reason: 'key-missing' })
  return storageKey
}

const instanceOf = ({ database }: BackendOptions): string =>
  database === undefined ? soleInstance : (database.instance ?? hostname())

const openKeys = async (
  { directory, storageKey, database }: BackendOptions,
  storage: Storage,
  services: readonly string[],
): Promise<DeploymentKeys> => {
  if (!database) return openDeploymentKeys(directory, keyFor(storageKey), services)
  const { size } = await storage.head()
  return openKeyFile(database.logKeyFile, services, { mayMake: size === 0 })
}

/**
 * What every instance can work out and nobody else: Ed25519 signs alike each time (RFC 8032), and this text is signed for
 * nobody's eyes.
 */
const ticketSecretOf = ({ log, deployment }: DeploymentKeys): Uint8Array =>
  sha256(log.sign(utf8(`libral feed tickets v1\n${deployment}`)))

/** By Redis where it answers, else by the database. */
const firstUseOver =
  (redis: Redis | undefined, { uses, now }: Storage) =>
  async (name: string, seconds: number): Promise<boolean> =>
    (await redis?.firstUse(name, seconds)) ?? uses.first(`ticket ${name}`, now() + seconds * 1_000)

/** Figures travel by the database where there is no Redis, or while it is away. */
const relayFor = (redis: Redis | undefined, { messages }: Storage): TelemetryRelay | undefined => {
  const other = messages && relayOver(messages)
  return other && redis ? redis.relay(other) : other
}

interface Core {
  readonly keys: DeploymentKeys
  readonly ticketSecret: Uint8Array
  readonly kernel: Kernel
  readonly modules: Modules
  readonly services: ReturnType<Modules['attach']>
  readonly firstCode: () => PrintedCode | undefined
}

const openCore = async (options: BackendOptions, storage: Storage): Promise<Core> => {
  let firstCode: PrintedCode | undefined
  const instance = instanceOf(options)
  const relay = relayFor(options.redis, storage)
  const modules = createModules({
    storage,
    instance,
    mode: options.mode,
    version,
    now: () => storage.now(),
    launchSecret: options.launchSecret ?? null,
    ...(options.redis && {
      limiters: options.redis.limiters,
      redis: options.redis.inventory,
    }),
    ...(relay && { relay }),
    ...(options.payments && { payments: options.payments }),
    ...(options.demo && { demo: options.demo }),
    ...(options.launchSecret === undefined && {
      firstCode: {
        recovery: options.recoveryCode ?? false,
        print: (code: PrintedCode) => {
          firstCode = code
        },
      },
    }),
  })
  const names = modules.definitions.map(({ manifest: { name } }) => name)
  const keys = await openKeys(options, storage, names)
  const kernel = await createKernel({
    ...{ storage, keys },
    modules: modules.definitions,
    stayStopped: modules.stayStopped,
    policy: seedPolicy(),
    instance,
    now: options.demo?.now ?? (() => storage.now()),
    log: options.log,
    name: options.name ?? 'Libral Core',
    ...(options.redis && { wakeups: options.redis.wakeups(storage.wakeups) }),
    ...(options.failed && { failed: options.failed }),
    ...(options.restoration && { restoration: options.restoration }),
  })
  const ticketSecret = ticketSecretOf(keys)
  return { kernel, keys, modules, ticketSecret, services: modules.attach(kernel), firstCode: () => firstCode }
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}

/** Ends what was begun, last first; one that fails doesn't keep the others from ending. */
const inReverse = async (cleanups: readonly (() => Promise<void>)[]): Promise<void> => {
  const failures: unknown[] = []
  for (const cleanup of cleanups.toReversed()) await cleanup().catch((failure: unknown) => failures.push(failure))
  if (failures.length > 0) throw failures[0]
}
