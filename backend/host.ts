import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeploymentId } from '#protocol/ids.ts'
import manifest from '../package.json' with { type: 'json' }
import { createKernel } from './kernel/create-kernel.ts'
import { openDeploymentKeys } from './kernel/deployment-keys.ts'
import type { Kernel, ModuleStatus, Supervisor } from './kernel/kernel.ts'
import { seedPolicy } from './kernel/policy.ts'
import { createModules, type Modules } from './modules/index.ts'
import type { PrintedCode } from './modules/session/bootstrap.ts'
import type { Storage } from './storage/port.ts'
import { openSqlite } from './storage/sqlite/engine.ts'
import { traceOf } from './transport/failure.ts'
import type { HttpFace, HttpFaceOptions } from './transport/http-face.ts'
import type { TransportLimits } from './transport/limits.ts'
import type { Listen } from './transport/listen.ts'
import type { Log } from './transport/services.ts'
import { startTransport, type Transport } from './transport/transport.ts'

export const version: string = manifest.version

/** One instance over SQLite; the name stays the same from launch to launch, as rows and leases carry it. */
const instance = 'core'

export interface BackendOptions {
  /** Made with mode 0700 when absent. Holds `core.db` and `deployment.keys`. */
  readonly directory: string
  /** 32 bytes. */
  readonly storageKey: Uint8Array
  readonly mode: 'embedded' | 'standalone'
  readonly listen: readonly Listen[]
  /** Signs the local operator in; absent for a backend that nobody launches with one. */
  readonly launchSecret?: string
  /** Issues a code for an administrator though somebody is in charge. */
  readonly recoveryCode?: boolean
  /** Serves health and metrics on loopback; 0 takes a free port, absent: no HTTP. */
  readonly httpPort?: number
  /** What people call the deployment; kept from the first start on. */
  readonly name?: string
  readonly log: Log
  /** Told once when an essential module has failed for good: the host ends, and whoever started it starts it anew. */
  readonly failed?: () => void
  readonly limits?: Partial<TransportLimits>
  /** For tests of a full disk: pages that the database may have. */
  readonly maxPages?: number
}

export interface Backend {
  readonly deployment: DeploymentId
  /** `unix:PATH` or `HOST:PORT`, in the order of `listen`. */
  readonly addresses: readonly string[]
  readonly httpAddress: string | undefined
  /** A one-time code to print: nobody could sign in, or a recovery was asked for (standalone only). */
  readonly firstCode: PrintedCode | undefined
  readonly connections: () => number
  /** Drains: no new connections, running calls answered, modules stopped, storage closed. */
  stop(): Promise<void>
}

/** The file that holds everything a deployment remembers. */
export const databaseFile = (directory: string): string => join(directory, 'core.db')

/**
 * Composes storage, keys, modules, kernel and transport, the same for every host.
 * @throws LibralError `storage.locked` when another backend runs on this data, `storage.unreadable`,
 *   `storage.newer-version`, `log.broken`
 */
export const startBackend = async (options: BackendOptions): Promise<Backend> => {
  const { directory, log } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  // First of all, since it holds the lock that keeps a second backend away from everything else in the directory.
  const storage = await openSqlite({
    engine: 'sqlite',
    file: databaseFile(directory),
    key: options.storageKey,
    ...(options.maxPages !== undefined && { maxPages: options.maxPages }),
  })
  const cleanups: (() => Promise<void>)[] = [() => storage.close()]
  try {
    const core = await openCore(options, storage)
    cleanups.splice(0, 1, () => core.kernel.drain())
    await core.kernel.ready
    const faces = await openFaces(options, core, cleanups)
    watchEssentials(core.kernel.modules, options)
    log.info('backend.started', { deployment: core.kernel.deployment.id, mode: options.mode, pid: process.pid })
    return {
      deployment: core.kernel.deployment.id,
      addresses: faces.transport.addresses,
      httpAddress: faces.http?.address,
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

interface Core {
  readonly kernel: Kernel
  readonly modules: Modules
  readonly services: ReturnType<Modules['attach']>
  readonly firstCode: () => PrintedCode | undefined
}

const openCore = async (options: BackendOptions, storage: Storage): Promise<Core> => {
  let firstCode: PrintedCode | undefined
  const modules = createModules({
    storage,
    instance,
    mode: options.mode,
    version,
    launchSecret: options.launchSecret ?? null,
    ...(options.launchSecret === undefined && {
      firstCode: {
        recovery: options.recoveryCode ?? false,
        print: (code: PrintedCode) => {
          firstCode = code
        },
      },
    }),
  })
  const kernel = await createKernel({
    storage,
    modules: modules.definitions,
    stayStopped: modules.stayStopped,
    keys: openDeploymentKeys(
      options.directory,
      options.storageKey,
      modules.definitions.map(({ manifest: { name } }) => name),
    ),
    policy: seedPolicy(),
    instance,
    now: Date.now,
    log: options.log,
    name: options.name ?? 'Libral Core',
  })
  return { kernel, modules, services: modules.attach(kernel), firstCode: () => firstCode }
}

interface Faces {
  readonly transport: Transport
  readonly http: HttpFace | undefined
}

const openFaces = async (options: BackendOptions, core: Core, cleanups: (() => Promise<void>)[]): Promise<Faces> => {
  const { kernel, services } = core
  let transport: Transport | undefined
  let draining = false
  const http = await openHttp(options, core, {
    connections: () => transport?.connections() ?? 0,
    ready: () => transport !== undefined && !draining,
  })
  if (http) cleanups.push(() => http.stop())
  transport = await startTransport({
    kernel,
    services,
    listen: options.listen,
    log: options.log,
    ...(options.limits && { limits: options.limits }),
    ...(http && { observe: http.observe }),
  })
  const started = transport
  cleanups.push(() => {
    // Told first, so that whoever watches readiness sends nobody here any more.
    draining = true
    return started.drain()
  })
  return { transport, http }
}

const openHttp = async (
  { httpPort: port, mode, log }: BackendOptions,
  { kernel, modules }: Core,
  state: Pick<HttpFaceOptions, 'connections' | 'ready'>,
): Promise<HttpFace | undefined> => {
  if (port === undefined) return undefined
  const { openHttpFace } = await import('./transport/http-face.ts')
  const { onSample } = modules.telemetry
  const opened = openHttpFace({ ...state, port, version, onSample, deployment: kernel.deployment.id })
  if (mode === 'standalone') return opened
  // An operator's desk must not go dark because another program took the port of a by-product.
  return opened.catch((failure: unknown) => {
    log.error('http.unavailable', { port, ...traceOf(failure) })
    return undefined
  })
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
