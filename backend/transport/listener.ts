import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCodes, feedLimits, feedPath } from '#protocol/feed.ts'
import { createArrivals, ownIdleTime } from './arrivals.ts'
import { admit, protocolOf, refusalResponse, type Service } from './handshake.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { TransportLimits } from './limits.ts'
import { bind, type Listen } from './listen.ts'
import type { Peers, RemotePeer } from './peers.ts'
import type { Log } from './services.ts'
import { closeSocket } from './socket.ts'
import { followTls, type ReadTls, readTls, type TlsFiles } from './tls.ts'

export interface Listener {
  /** `unix:PATH` or `HOST:PORT` of each target, in order. */
  readonly addresses: readonly string[]
  readonly connections: () => number
  /** More desktops come at once than are let in at once. */
  readonly thronged: () => boolean
  /** New upgrades are answered 503 from now on. */
  stopAccepting(): void
  closeAll(service: Service, code: number, reason: string): void
  /** Closes what is left and resolves when no socket is open and nothing listens. */
  end(): Promise<void>
}

export interface ListenerParts {
  readonly limits: TransportLimits
  readonly log: Log
  readonly peers: Peers
  /** Answers what is no upgrade; without it, everything else is told to upgrade. */
  readonly http?: RequestListener
  /** For the addresses; a Unix socket needs none. */
  readonly tls?: TlsFiles
  /** Whether new connections are refused for now, and for how many seconds. */
  readonly crowded: () => number | undefined
  /** `entered`: it is in, and the next one may be begun; told of calls alone. */
  readonly accepted: (accepted: Accepted, entered: () => void) => void
}
export interface Accepted {
  readonly service: Service
  readonly socket: WebSocket
  /** What it is made of. */
  readonly stream: Duplex
  readonly peer: RemotePeer
}

/** Listens on every target and hands over each accepted WebSocket with its peer. */
export const startListener = async (targets: readonly Listen[], parts: ListenerParts): Promise<Listener> => {
  const tls = parts.tls && targets.some(({ kind }) => kind === 'address') ? readTls(parts.tls) : undefined
  const upgrades = new Upgrades(parts)
  const servers: Server[] = []
  const addresses: string[] = []
  let unfollow = (): void => undefined
  try {
    for (const target of targets) {
      const server = httpServer(parts, tls?.context, target, upgrades)
      servers.push(server)
      addresses.push(await bind(server, target))
    }
    const secured = servers.filter((server) => 'setSecureContext' in server) as unknown as SecureServer[]
    if (parts.tls && tls && secured.length > 0) unfollow = followTls(parts.tls, tls.stamp, secured, parts.log)
  } catch (failure) {
    upgrades.stop()
    await Promise.all(servers.map(closeServer))
    throw failure
  }
  return {
    addresses,
    connections: () => upgrades.sockets.size,
    thronged: () => upgrades.waiting() > arrivalRules.perTurn,
    stopAccepting: () => upgrades.refuseAll(),
    closeAll: (service, code, reason) => upgrades.closeAll(service, code, reason),
    end: async () => {
      unfollow()
      upgrades.closeAll(undefined, closeCodes.drained, 'drained')
      await Promise.all(servers.map(closeServer))
      await upgrades.gone()
      upgrades.stop()
    },
  }
}

const upgradeOnly: RequestListener = (_request, response) => {
  response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
}

/** An incomplete request is cut off after the handshake's time. */
const httpServer = (
  { limits, http = upgradeOnly }: ListenerParts,
  tls: ReadTls['context'] | undefined,
  target: Listen,
  upgrades: Upgrades,
): Server => {
  const options = {
    headersTimeout: limits.handshakeMs,
    requestTimeout: limits.handshakeMs,
    keepAliveTimeout: 1,
    connectionsCheckingInterval: Math.min(1_000, limits.handshakeMs),
    maxHeaderSize: 8 * 1024,
  }
  const server: Server =
    tls && target.kind === 'address'
      ? createSecureServer({ ...options, ...tls, handshakeTimeout: limits.handshakeMs }, http)
      : createServer(options, http)
  // Room to tell some refused ones why; beyond that the connection is dropped unread.
  server.maxConnections = limits.connections + 64
  server.on('upgrade', (request, socket, head) => upgrades.take(request, socket, head))
  return server
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
    // Half-made handshakes; upgraded sockets are no longer among these.
    server.closeAllConnections()
  })

/** Of a desktop, the calls' socket until it is signed in; its feed is the last step of one who was let in before. */
const arrivalRules = { perTurn: 16, inside: 256, idleMs: 250, mostMs: 3_000, idle: ownIdleTime } as const
/** A desktop gives a handshake up after five seconds: who waited nearly as long is told to come back at once. */
const arrivalPatienceMs = 4_500

class Upgrades {
  readonly sockets = new Map<WebSocket, Service>()
  readonly #parts: ListenerParts
  readonly #limits: TransportLimits
  readonly #log: Log
  readonly #heartbeat
  readonly #protocols: Readonly<Record<Service, WebSocketServer>>
  readonly #arrivals = createArrivals(arrivalRules)
  #draining = false
  #empty: (() => void) | undefined

  constructor(parts: ListenerParts) {
    const { limits, log } = parts
    this.#parts = parts
    this.#limits = limits
    this.#log = log
    this.#heartbeat = startHeartbeat(limits)
    this.#protocols = {
      rpc: protocolServer('rpc', limits.requestBytes),
      feed: protocolServer('feed', feedLimits.requestBytes),
    }
  }

  take(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy())
    if (request.url === feedPath) {
      this.#judge(request, stream, head, undefined, () => undefined)
      return
    }
    const since = performance.now()
    this.#arrivals.enter((entered) => {
      stream.once('close', entered)
      this.#judge(request, stream, head, performance.now() - since > arrivalPatienceMs ? 0 : undefined, entered)
    })
  }

  #judge(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    lateSeconds: number | undefined,
    entered: () => void,
  ): void {
    if (stream.destroyed) {
      entered()
      return
    }
    const peer = this.#parts.peers.of(request)
    const admission = admit(request, {
      plaintext: this.#parts.peers.refuses(peer),
      crowdedSeconds: this.#parts.crowded() ?? lateSeconds,
      draining: this.#draining,
      connections: this.sockets.size,
      limit: this.#limits.connections,
    })
    if ('refused' in admission) {
      this.#log.warn('link.refused', { status: admission.refused, address: peer.address })
      stream.end(refusalResponse(admission), () => stream.destroy())
      entered()
      return
    }
    const { service } = admission
    // What is said at once goes out together with the handshake's answer.
    stream.cork()
    this.#protocols[service].handleUpgrade(request, stream, head, (socket) =>
      this.#open({ service, socket, stream, peer }, entered),
    )
    stream.uncork()
  }

  waiting(): number {
    return this.#arrivals.waiting()
  }

  refuseAll(): void {
    this.#draining = true
  }

  closeAll(service: Service | undefined, code: number, reason: string): void {
    for (const [socket, kind] of this.sockets) {
      if (service === undefined || kind === service) closeSocket(socket, code, reason, this.#limits.closeMs)
    }
  }

  async gone(): Promise<void> {
    if (this.sockets.size === 0) return
    await new Promise<void>((resolve) => {
      this.#empty = resolve
    })
  }

  stop(): void {
    this.#arrivals.stop()
    this.#heartbeat.stop()
    for (const server of Object.values(this.#protocols)) server.close()
  }

  #open(accepted: Accepted, entered: () => void): void {
    const { service, socket } = accepted
    this.sockets.set(socket, service)
    this.#heartbeat.watch(socket)
    // A peer's broken frame: ws closes with 1002, 1007 or 1009 by itself.
    socket.on('error', (error) => this.#log.warn('link.broken-frame', { service, name: codeOf(error) }))
    socket.once('close', (code) => {
      this.sockets.delete(socket)
      this.#log.debug('link.closed', { service, code })
      if (this.sockets.size === 0) this.#empty?.()
    })
    this.#parts.accepted(accepted, entered)
  }
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.name)

const protocolServer = (service: Service, maxPayload: number): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload,
    clientTracking: false,
    handleProtocols: (offers) => protocolOf(service, [...offers]) ?? false,
  })
