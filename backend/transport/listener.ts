import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCodes, feedLimits } from '#protocol/feed.ts'
import { admit, protocolOf, refusalResponse, type Service } from './handshake.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { TransportLimits } from './limits.ts'
import { bind, type Listen } from './listen.ts'
import type { Log } from './services.ts'
import { closeSocket } from './socket.ts'

export interface Listener {
  /** `unix:PATH` or `HOST:PORT` of each target, in order. */
  readonly addresses: readonly string[]
  readonly connections: () => number
  /** New upgrades are answered 503 from now on. */
  stopAccepting(): void
  closeAll(service: Service, code: number, reason: string): void
  /** Closes what is left and resolves when no socket is open and nothing listens. */
  end(): Promise<void>
}

/** Listens on every target and hands over each accepted WebSocket with the peer's address. */
export const startListener = async (
  targets: readonly Listen[],
  limits: TransportLimits,
  log: Log,
  accepted: (service: Service, socket: WebSocket, address: string) => void,
): Promise<Listener> => {
  const upgrades = new Upgrades(limits, log, accepted)
  const servers: Server[] = []
  const addresses: string[] = []
  try {
    for (const target of targets) {
      const server = httpServer(limits, upgrades)
      servers.push(server)
      addresses.push(await bind(server, target))
    }
  } catch (failure) {
    upgrades.stop()
    await Promise.all(servers.map(closeServer))
    throw failure
  }
  return {
    addresses,
    connections: () => upgrades.sockets.size,
    stopAccepting: () => upgrades.refuseAll(),
    closeAll: (service, code, reason) => upgrades.closeAll(service, code, reason),
    end: async () => {
      upgrades.closeAll(undefined, closeCodes.drained, 'drained')
      await Promise.all(servers.map(closeServer))
      await upgrades.gone()
      upgrades.stop()
    },
  }
}

/** Everything but an upgrade is answered 426; an incomplete request is cut off after the handshake's time. */
const httpServer = (limits: TransportLimits, upgrades: Upgrades): Server => {
  const server = createServer(
    {
      headersTimeout: limits.handshakeMs,
      requestTimeout: limits.handshakeMs,
      keepAliveTimeout: 1,
      connectionsCheckingInterval: Math.min(1_000, limits.handshakeMs),
      maxHeaderSize: 8 * 1024,
    },
    (_request, response) => response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end(),
  )
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

class Upgrades {
  readonly sockets = new Map<WebSocket, Service>()
  readonly #limits: TransportLimits
  readonly #log: Log
  readonly #accepted: (service: Service, socket: WebSocket, address: string) => void
  readonly #heartbeat
  readonly #protocols: Readonly<Record<Service, WebSocketServer>>
  #draining = false
  #empty: (() => void) | undefined

  constructor(
    limits: TransportLimits,
    log: Log,
    accepted: (service: Service, socket: WebSocket, address: string) => void,
  ) {
    this.#limits = limits
    this.#log = log
    this.#accepted = accepted
    this.#heartbeat = startHeartbeat(limits)
    this.#protocols = {
      rpc: protocolServer('rpc', limits.requestBytes),
      feed: protocolServer('feed', feedLimits.requestBytes),
    }
  }

  take(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy())
    const admission = admit(request, {
      draining: this.#draining,
      connections: this.sockets.size,
      limit: this.#limits.connections,
    })
    if ('refused' in admission) {
      this.#log.warn('link.refused', { status: admission.refused })
      stream.end(refusalResponse(admission), () => stream.destroy())
      return
    }
    const { service } = admission
    const address = request.socket.remoteAddress ?? 'pipe'
    this.#protocols[service].handleUpgrade(request, stream, head, (socket) => this.#open(service, socket, address))
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
    this.#heartbeat.stop()
    for (const server of Object.values(this.#protocols)) server.close()
  }

  #open(service: Service, socket: WebSocket, address: string): void {
    this.sockets.set(socket, service)
    this.#heartbeat.watch(socket)
    // A peer's broken frame: ws closes with 1002, 1007 or 1009 by itself.
    socket.on('error', (error) => this.#log.warn('link.broken-frame', { service, name: codeOf(error) }))
    socket.once('close', (code) => {
      this.sockets.delete(socket)
      this.#log.debug('link.closed', { service, code })
      if (this.sockets.size === 0) this.#empty?.()
    })
    this.#accepted(service, socket, address)
  }
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.name)

const protocolServer = (service: Service, maxPayload: number): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload,
    clientTracking: false,
    handleProtocols: () => protocolOf(service),
  })
