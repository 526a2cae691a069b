import { closeCodes } from '#protocol/feed.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { Connection } from './connection.ts'
import { FeedSocket } from './feed-socket.ts'
import { FrameBytes } from './frame-bytes.ts'
import { defaultLimits, type TransportLimits } from './limits.ts'
import type { Listen } from './listen.ts'
import { startListener } from './listener.ts'
import { createRpcServer } from './rpc.ts'
import type { ConnectedClient, Log, MeteredCall, Services } from './services.ts'
import { Throttle } from './throttle.ts'
import { Tickets } from './tickets.ts'

export interface TransportOptions {
  readonly kernel: Kernel
  readonly services: Services
  readonly listen: readonly Listen[]
  readonly log: Log
  readonly limits?: Partial<TransportLimits>
  /** A second reader of every call's figures, for `/metrics`. */
  readonly observe?: (call: MeteredCall) => void
}

export interface Transport {
  /** `unix:PATH` or `HOST:PORT`, in the order of `listen`. */
  readonly addresses: readonly string[]
  readonly connections: () => number
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
  const tickets = new Tickets(kernel.now, limits.ticketMs)
  const connections = new Set<Connection>()
  services.clients(() => connectedClients(connections))
  const meter = (call: MeteredCall): void => {
    services.meter(call)
    options.observe?.(call)
  }
  const rpc = createRpcServer({ kernel, services, tickets, throttle: new Throttle(limits), limits, log, meter })
  const feedParts = { kernel, services, tickets, frames: new FrameBytes(), limits, log }
  const listener = await startListener(options.listen, limits, log, (service, socket, address) => {
    if (service === 'feed') {
      new FeedSocket(feedParts, socket).start()
      return
    }
    const connection = new Connection(address)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
    rpc.serve(socket, connection)
  })
  return {
    addresses: listener.addresses,
    connections: listener.connections,
    drain: async () => {
      listener.stopAccepting()
      listener.closeAll('feed', closeCodes.drained, 'drained')
      await atMost(rpc.drain(), limits.drainMs)
      await listener.end()
    },
  }
}

const connectedClients = (connections: Iterable<Connection>): readonly ConnectedClient[] =>
  [...connections].flatMap((connection) => connection.row ?? [])

const atMost = async (work: Promise<void>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
