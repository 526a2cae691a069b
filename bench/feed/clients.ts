import { WebSocket } from 'ws'
import { handovers } from '#protocol/events.ts'
import { feedPath, feedProtocol } from '#protocol/feed.ts'
import { urlOf } from '#tests/fixtures/client/rpc-client.ts'

/** Many readers in one process. Each message carries, in a text, the moment at which its command was sent. */
export type ClientsOrder =
  | { readonly t: 'feed'; readonly address: string; readonly tickets: readonly string[] }
  | { readonly t: 'bare'; readonly address: string; readonly count: number }
  | { readonly t: 'report'; readonly expected: number }

/** Latencies in ms over all readers. */
export interface ClientsReport {
  readonly received: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** CLOCK_MONOTONIC in ms, the same for all processes of the machine. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

let latencies: number[] = []
let sockets: WebSocket[] = []

const took = (text: string): void => {
  latencies.push(now() - Number(text.slice(0, text.indexOf(' '))))
}

const onFeedMessage = (text: string): void => {
  const frame = JSON.parse(text) as {
    readonly t: string
    readonly changes?: readonly [number, string, string, unknown][]
  }
  if (frame.t !== 'changes') return
  for (const [, , , row] of frame.changes ?? []) took((row as { readonly text: string }).text)
}
const onBareMessage = (text: string): void => took((JSON.parse(text) as { readonly text: string }).text)

const openFeed = (address: string, ticket: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(urlOf(address, feedPath), feedProtocol, { perMessageDeflate: false })
    sockets.push(socket)
    socket.once('error', reject)
    socket.once('open', () =>
      socket.send(JSON.stringify({ t: 'open', ticket, cursors: { [handovers.name]: null }, telemetry: false })),
    )
    socket.once('message', () => resolve())
    socket.on('message', (data) => onFeedMessage(data.toString()))
    socket.on('close', (code) => code !== 1005 && console.error(`a feed was closed with ${code}`))
  })

const openBare = (address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(urlOf(address, '/'), { perMessageDeflate: false })
    sockets.push(socket)
    socket.once('error', reject)
    socket.once('open', () => resolve())
    socket.on('message', (data) => onBareMessage(data.toString()))
  })

/** Some at a time: a Unix socket's backlog holds 511. */
const inGroups = async <T>(items: readonly T[], open: (item: T) => Promise<void>): Promise<void> => {
  for (let i = 0; i < items.length; i += 100) await Promise.all(items.slice(i, i + 100).map(open))
}

const report = async (expected: number): Promise<ClientsReport> => {
  const deadline = now() + 5_000
  while (latencies.length < expected && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  // What still comes belongs to this round, not to the next one.
  for (const socket of sockets) socket.removeAllListeners('message').close()
  sockets = []
  latencies = []
  return { received: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

const obey = async (order: ClientsOrder): Promise<unknown> => {
  if (order.t === 'report') return report(order.expected)
  if (order.t === 'feed') await inGroups(order.tickets, (ticket) => openFeed(order.address, ticket))
  else await inGroups(Array.from({ length: order.count }), () => openBare(order.address))
  return 'ready'
}

if (process.send) process.on('message', async (order: ClientsOrder) => process.send?.(await obey(order)))
