import { LibralError } from '#protocol/errors.ts'
import { type TilePath, widthOf } from '#trust/tlog/tile.ts'
import type { BackendOptions } from './host.ts'
import type { Kernel } from './kernel/kernel.ts'
import { createOutgoing } from './kernel/outgoing.ts'
import type { Modules } from './modules/index.ts'
import type { Storage } from './storage/port.ts'
import { traceOf } from './transport/failure.ts'
import { type Condition, readinessOf } from './transport/health.ts'
import type { HttpFace } from './transport/http-face.ts'
import type { Limiters } from './transport/limiters.ts'
import { createPeers, defaultPeerRules, type Peers } from './transport/peers.ts'
import type { PublishedLog } from './transport/tile-routes.ts'
import { startTransport, type Transport } from './transport/transport.ts'

export interface FacesOptions
  extends Pick<
    BackendOptions,
    'httpPort' | 'web' | 'wkd' | 'openTree' | 'log' | 'listen' | 'limits' | 'peers' | 'tls' | 'pressureDelay'
  > {
  readonly version: string
  readonly ticketSecret?: Uint8Array
  readonly firstUse?: (name: string, seconds: number) => Promise<boolean>
  readonly limiters?: Limiters
}

export interface FacedCore {
  readonly kernel: Kernel
  readonly modules: Pick<Modules, 'telemetry'>
  readonly services: ReturnType<Modules['attach']>
  readonly storage: Pick<Storage, 'head'>
}

export interface Faces {
  readonly transport: Transport
}

/** A database that does not answer this often in a row takes the instance out of rotation, until it answers. */
const probe = { everyMs: 1_000, timeoutMs: 2_000, failures: 2, coolMs: 1_000 } as const

/** Puts kernel and services on the wire: WebSockets, and HTTP beside or on the same ports. */
export const openFaces = async (
  options: FacesOptions,
  core: FacedCore,
  cleanups: (() => Promise<void>)[],
): Promise<Faces> => {
  const { kernel, services } = core
  const peers = createPeers(options.peers ?? defaultPeerRules)
  const database = watchDatabase(core.storage)
  let transport: Transport | undefined
  let draining = false
  const conditions: Condition[] = [
    () => (transport === undefined ? 'starting' : undefined),
    () => (draining ? 'draining' : undefined),
    database.condition,
    () => (essentialsRun(kernel) ? undefined : 'module'),
    () => (transport?.pressure() === 'crowded' ? 'overloaded' : undefined),
  ]
  cleanups.push(async () => database.stop())
  const https = await openHttps(options, core, peers, () => transport?.connections() ?? 0, conditions)
  for (const http of https) cleanups.push(() => http.stop())
  transport = await startTransport({
    ...{ kernel, services, listen: options.listen, log: options.log },
    ...(options.limits && { limits: options.limits }),
    ...(options.ticketSecret && { ticketSecret: options.ticketSecret }),
    ...(options.firstUse && { firstUse: options.firstUse }),
    ...(options.limiters && { limiters: options.limiters }),
    ...(options.peers && { peers: options.peers }),
    ...(options.tls && { tls: options.tls }),
    ...(options.pressureDelay && { delay: options.pressureDelay }),
    ...handlerOf(https),
    observe: (call) => {
      for (const http of https) http.observe(call)
    },
  })
  const started = transport
  cleanups.push(() => {
    // Told first, so that whoever watches readiness sends nobody here any more.
    draining = true
    return started.drain()
  })
  return { transport }
}

const handlerOf = (https: readonly HttpFace[]): Pick<Parameters<typeof startTransport>[0], 'http'> => {
  const handler = https.find((http) => http.handler)?.handler
  return handler ? { http: handler } : {}
}

const essentialsRun = ({ modules }: Kernel): boolean =>
  modules.list().every(({ definition, state }) => !definition.manifest.essential || state !== 'failed')

/** Asks the database now and then whether it answers. */
const watchDatabase = (
  storage: Pick<Storage, 'head'>,
): { readonly condition: Condition; readonly stop: () => void } => {
  const { everyMs, ...limits } = probe
  const outgoing = createOutgoing('database', { ...limits, concurrent: 1, queued: 0 })
  let silent = 0
  const ask = (): void => {
    outgoing
      .run(() => storage.head())
      .then(
        () => {
          silent = 0
        },
        () => {
          silent++
        },
      )
  }
  const timer = setInterval(ask, everyMs)
  timer.unref()
  return {
    condition: () => (silent >= probe.failures ? 'database' : undefined),
    stop: () => clearInterval(timer),
  }
}

const openHttps = async (
  { httpPort: port, web, wkd, openTree, version, log }: FacesOptions,
  { kernel, modules, services }: FacedCore,
  peers: Peers,
  connections: () => number,
  conditions: readonly Condition[],
): Promise<readonly HttpFace[]> => {
  if (port === undefined && !web) return []
  const { openHttpFace } = await import('./transport/http-face.ts')
  const { onSample } = modules.telemetry
  const shared = { connections, readiness: () => readinessOf(conditions), version, onSample, peers, log }
  const tiles = { log: publishedLog(kernel, services), openTree: openTree ?? false }
  const ways = kernel.modules.list().flatMap(({ definition }) => definition.webhooks ?? [])
  const webhooks = { ways, receive: kernel.inbox.receive }
  const of = { ...shared, wkd, tiles, webhooks, deployment: kernel.deployment.id, instance: kernel.instance }
  const opened: HttpFace[] = web ? [await openHttpFace({ ...of, port: undefined })] : []
  if (port === undefined) return opened
  // An operator's desk must not go dark because another program took the port of a by-product.
  const found = await openHttpFace({ ...of, port }).catch((failure: unknown) => {
    log.error('http.unavailable', { port, ...traceOf(failure) })
    return undefined
  })
  return found ? [...opened, found] : opened
}

/** Checkpoint and tiles of the published tree, for who holds a token and may read the log. */
const publishedLog = (kernel: Kernel, services: FacedCore['services']): PublishedLog => {
  let known = 0
  const published = async () => {
    const checkpoint = await kernel.witnesses.published()
    known = checkpoint.size
    return checkpoint
  }
  const reaches = ({ level, index, width }: TilePath, size: number): boolean =>
    width <= widthOf(level === 'entries' ? 0 : level, index, size)
  return {
    checkpoint: async () => (await published()).note,
    tile: async (path) => {
      const size = reaches(path, known) ? known : (await published()).size
      return kernel.log.tile(path, size)
    },
    reader: async (token, address) => {
      const { operator, roles } = await services.holder(token, address)
      if (kernel.permissionsOf(roles).includes('log.read')) return operator
      kernel.refused(operator, 'command.not-permitted')
      throw new LibralError('command.not-permitted', { permission: 'log.read' })
    },
    handed: (operator, entries) => kernel.read(operator, 'entries', entries),
  }
}
