import { WebSocket } from 'ws'
import { handovers } from '#protocol/events.ts'
import { feedPath, feedProtocol } from '#protocol/feed.ts'

/** Many readers in one process, from an address of loopback of their own: one address has some 28,000 ports to another. */
export type Order =
  | { readonly t: 'feed'; readonly from: string; readonly address: string; readonly tickets: readonly string[] }
  | { readonly t: 'bare'; readonly from: string; readonly address: string; readonly count: number }
  | { readonly t: 'report'; readonly expected: number }
  | { readonly t: 'close' }
export interface Report {
  readonly received: number
  readonly latencies: Float64Array
}

/** CLOCK_MONOTONIC in ms, the same for all processes of the machine. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

let latencies: number[] = []
let sockets: WebSocket[] = []
/** Each message carries, in a text, the moment at which it was sent; the rest is not worth a parser's time here. */
const took = (data: Buffer): void => {
  const found = /"text":"(\d+\.?\d*) /.exec(data.toString('latin1'))
  if (found) latencies.push(now() - Number(found[1]))
}

const open = (from: string, address: string, path: string, protocol: string | undefined, first?: string) =>
  new Promise<void>((resolve, reject) => {
    const options = { perMessageDeflate: false, localAddress: from }
    const socket = protocol
      ? new WebSocket(`ws://${address}${path}`, protocol, options)
      : new WebSocket(`ws://${address}${path}`, options)
    sockets.push(socket)
    socket.once('error', reject)
    socket.once('open', () => (first ? socket.send(first) : resolve()))
    if (first) socket.once('message', () => resolve())
    socket.on('message', (data) => took(data as Buffer))
  })

const inGroups = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  for (let from = 0; from < items.length; from += 100) await Promise.all(items.slice(from, from + 100).map(work))
}

const report = async (expected: number): Promise<Report> => {
  const deadline = now() + 10_000
  while (latencies.length < expected && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  const found = { received: latencies.length, latencies: Float64Array.from(latencies) }
  latencies = []
  return found
}

const obey = async (order: Order): Promise<unknown> => {
  if (order.t === 'report') return report(order.expected)
  if (order.t === 'close') {
    const closing = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    for (const socket of sockets) socket.terminate()
    sockets = []
    await Promise.all(closing)
  } else if (order.t === 'feed') {
    const cursors = { [handovers.name]: null }
    await inGroups(order.tickets, (ticket) => {
      const first = JSON.stringify({ t: 'open', ticket, cursors, telemetry: false })
      return open(order.from, order.address, feedPath, feedProtocol, first)
    })
  } else {
    await inGroups(Array.from({ length: order.count }), () => open(order.from, order.address, '/', undefined))
  }
  return 'ready'
}

if (process.send) process.on('message', async (order: Order) => process.send?.(await obey(order)))
