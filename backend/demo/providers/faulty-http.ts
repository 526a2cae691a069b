import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A real HTTP server of a provider's fake, and what a test makes go wrong with it. */

export interface FakeCall {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}
export interface FakeAnswer {
  readonly status: number
  /** As JSON; bytes go out as they are. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * `refused`: the connection ends before anything was done. `lost`: it was done, and nobody says so. `half`: the answer
 * breaks off. `hang`: done, and never answered. `slow`: answered after a while. `answer`: another answer instead, nothing
 * done.
 */
export type Fault =
  | { readonly kind: 'refused' | 'lost' | 'half' | 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'answer'; readonly answer: FakeAnswer }

export interface Faults {
  /** The next calls whose `METHOD /path` matches meet these, one each. */
  next(matching: RegExp, ...faults: readonly Fault[]): void
  /** Any call meets one of these with this chance, by the seed. */
  often(chance: number, faults: readonly Fault[]): void
  /** Nothing of it goes wrong any more. */
  clear(): void
  /** Connections are refused while it is. */
  down: boolean
}

export interface FakeServer extends Faults {
  readonly address: string
  /** `METHOD /path` of every call that arrived, in order. */
  readonly calls: readonly string[]
  readonly random: () => number
  close(): Promise<void>
}

/** Of every fake; `seed` decides its ids and its moods, `now` is its clock. */
export interface FakeOptions {
  readonly seed?: number
  readonly now?: () => number
}

/** mulberry32: the same run for the same seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @param clock the provider's own, ms: it stands in the date of every answer */
export const startFakeServer = async (
  seed: number,
  handle: (call: FakeCall, ended: AbortSignal) => Promise<FakeAnswer> | FakeAnswer,
  clock: () => number = Date.now,
): Promise<FakeServer> => {
  const dated = (answer: FakeAnswer): FakeAnswer => ({
    ...answer,
    headers: { date: new Date(clock()).toUTCString(), ...answer.headers },
  })
  const random = seeded(seed)
  const sockets = new Set<Socket>()
  const calls: string[] = []
  let queued: { readonly matching: RegExp; readonly fault: Fault }[] = []
  let often: { readonly chance: number; readonly faults: readonly Fault[] } | undefined
  const closing = new AbortController()

  const faultFor = (name: string): Fault | undefined => {
    const at = queued.findIndex(({ matching }) => matching.test(name))
    if (at >= 0) return queued.splice(at, 1)[0]?.fault
    if (!often || random() >= often.chance) return undefined
    return often.faults[Math.floor(random() * often.faults.length)]
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const name = `${request.method} ${url.pathname}`
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const body = Buffer.concat(parts)
    calls.push(name)
    const fault = faultFor(name)
    if (fault?.kind === 'refused') return void request.socket.destroy()
    if (fault?.kind === 'answer') return write(response, dated(fault.answer))
    const ended = new AbortController()
    response.once('close', () => ended.abort())
    const signal = AbortSignal.any([ended.signal, closing.signal])
    const call = { method: request.method ?? '', path: url.pathname, query: url.searchParams }
    const answer = dated(await handle({ ...call, headers: request.headers, body }, signal))
    if (fault?.kind === 'lost') return void request.socket.destroy()
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'half') return writeHalf(response, answer)
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms))
    write(response, answer)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })
  const state: FakeServer = {
    address: '',
    calls,
    random,
    down: false,
    next: (matching, ...faults) => void queued.push(...faults.map((fault) => ({ matching, fault }))),
    often: (chance, faults) => {
      often = { chance, faults }
    },
    clear: () => {
      queued = []
      often = undefined
    },
    close: async () => {
      closing.abort()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('connection', (socket) => {
    if (state.down) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.on('request', (request) => {
    // A connection that was kept open from before.
    if (state.down) request.socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return Object.assign(state, { address: `http://127.0.0.1:${bound.port}` })
}

const bytesOf = ({ body }: FakeAnswer): Buffer =>
  body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(body === undefined ? '' : JSON.stringify(body))

const write = (response: ServerResponse, answer: FakeAnswer): void => {
  const bytes = bytesOf(answer)
  const type = { 'content-type': 'application/json', 'content-length': String(bytes.length) }
  response.writeHead(answer.status, { ...type, ...answer.headers }).end(bytes)
}

/** The length says that there is more. */
const writeHalf = (response: ServerResponse, answer: FakeAnswer): void => {
  const bytes = bytesOf(answer)
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': String(bytes.length + 1) })
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
}

/** What a fake sends to whoever listens: a test delivers it as often and in whichever order it likes. */
export interface FakeWebhook {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}
