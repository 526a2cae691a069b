import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { WebSocket } from 'ws'
import { LibralError } from '#protocol/errors.ts'
import { closeCodes, greetedRpcProtocol } from '#protocol/feed.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { oncePerTurn } from '../kernel/once-per-turn.ts'
import { Connection } from './connection.ts'
import { FeedSocket } from './feed-socket.ts'
import { FrameBytes } from './frame-bytes.ts'
import type { Limiters } from './limiters.ts'
import { defaultLimits, type TransportLimits } from './limits.ts'
import type { Listen } from './listen.ts'
import { type ListenerParts, startListener } from './listener.ts'
import { createPeers, defaultPeerRules, type PeerRules } from './peers.ts'
import { ownDelay, type PressureLevel, pressureLimits, watchPressure } from './pressure.ts'
import { createRpcServer } from './rpc.ts'
import type { ConnectedClient, Log, MeteredCall, Services } from './services.ts'
import { closeSocket } from './socket.ts'
import { Throttle } from './throttle.ts'
import { Tickets } from './tickets.ts'
import type { TlsFiles } from './tls.ts'

export interface TransportOptions {
  readonly kernel: Kernel
  readonly services: Services
  readonly listen: readonly Listen[]
  readonly log: Log
  readonly limits?: Partial<TransportLimits>
  readonly peers?: PeerRules
  readonly tls?: TlsFiles
  /** Answers HTTP that is no upgrade, on the same ports. */
  readonly http?: RequestListener
  /** For several instances: see tickets.ts. */
  readonly ticketSecret?: Uint8Array
  readonly firstUse?: (name: string, seconds: number) => Promise<boolean>
  /** Rate limits counted over all instances. */
  readonly limiters?: Limiters
  /** How late this process is, ms, since the last call; measured when absent. */
  readonly delay?: () => number
  /** A second reader of every call's figures, for `/metrics`. */
  readonly observe?: (call: MeteredCall) => void
}

export interface Transport {
  /** `unix:PATH` or `HOST:PORT`, in the order of `listen`. */
  readonly addresses: readonly string[]
  readonly connections: () => number
  readonly pressure: () => PressureLevel
  /**
   * Accepts no more, closes feeds with 4000, lets running calls end (bounded by `drainMs`), closes the rest. After it
   * resolves nothing of the transport is left; the kernel is drained by whoever made it.
   */
  drain(): Promise<void>
}

/** Puts kernel and services on the wire: `/rpc` and `/feed` on every address of `listen`. */
export const startTransport = async (options: TransportOptions): Promise<Transport> => {
  const { kernel, services, log } = options
  const limits: TransportLimits = { ...defaultLimits, ...options.limits }
  const tickets = new Tickets({
    now: kernel.now,
    lifeMs: limits.ticketMs,
    secret: options.ticketSecret ?? randomBytes(32),
    ...(options.firstUse && { firstUse: options.firstUse }),
  })
  const sockets = new Map<Connection, WebSocket>()
  services.clients(() => connectedClients(sockets.keys()))
  const meter = (call: MeteredCall): void => {
    services.meter(call)
    options.observe?.(call)
  }
  const throttle = new Throttle(limits, options.limiters)
  const frames = new FrameBytes()
  const rpc = createRpcServer({ kernel, services, tickets, throttle, limits, frames, log, meter })
  const delay = options.delay ?? ownDelay()
  let thronged = () => false
  const pressure = watchPressure(
    (level) => {
      log.warn('transport.pressure', { level })
      kernel.feed.shed(level !== 'calm')
    },
    // Those who come back are let in before figures are sent to those who are there.
    () => Math.max(delay(), thronged() ? pressureLimits.sheddingMs : 0),
  )
  const feedParts = { kernel, services, tickets, frames, limits, log }
  const accepted: ListenerParts['accepted'] = ({ service, socket, stream, peer: { address } }, entered) => {
    if (service === 'feed') {
      new FeedSocket(feedParts, socket).start()
      return
    }
    const connection = new Connection(address, entered)
    sockets.set(connection, socket)
    socket.once('close', () => sockets.delete(connection))
    rpc.serve(socket, stream, connection)
    if (socket.protocol === greetedRpcProtocol) {
      socket.send(JSON.stringify({ hello: services.hello(connection.challenge()) }))
    }
  }
  const listener = await startListener(options.listen, {
    ...{ limits, log, accepted },
    peers: createPeers(options.peers ?? defaultPeerRules),
    crowded: () => (pressure.level() === 'crowded' ? pressureLimits.retryAfterSeconds : undefined),
    ...(options.http && { http: options.http }),
    ...(options.tls && { tls: options.tls }),
  }).catch((failure: unknown) => {
    pressure.stop()
    throw failure
  })
  thronged = listener.thronged
  const unfollow = kernel.onPrincipals(oncePerTurn(() => void endFallen(sockets, services, limits)))
  return {
    addresses: listener.addresses,
    connections: listener.connections,
    pressure: pressure.level,
    drain: async () => {
      unfollow()
      pressure.stop()
      listener.stopAccepting()
      listener.closeAll('feed', closeCodes.drained, 'drained')
      await atMost(rpc.drain(), limits.drainMs)
      await listener.end()
    },
  }
}

const connectedClients = (connections: Iterable<Connection>): readonly ConnectedClient[] =>
  [...connections].flatMap((connection) => connection.row ?? [])

/** Closes the connections of sessions that no longer stand, at once and not at their next call. */
const endFallen = async (
  sockets: ReadonlyMap<Connection, WebSocket>,
  services: Services,
  { closeMs }: TransportLimits,
): Promise<void> => {
  for (const [connection, socket] of sockets) {
    const principal = connection.standing
    if (!principal) continue
    await services.current(principal).catch((refusal: unknown) => {
      if (!(refusal instanceof LibralError) || !refusal.code.startsWith('session.')) return
      connection.signedOut()
      closeSocket(socket, closeCodes.sessionEnded, 'session ended', closeMs)
    })
  }
}

const atMost = async (work: Promise<void>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
