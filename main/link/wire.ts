import type { IncomingMessage } from 'node:http'
import { connect as connectPipe } from 'node:net'
import type { Duplex } from 'node:stream'
import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { type RawData, WebSocket } from 'ws'
import type { BackendContract } from '#protocol/backend.ts'
import { type ErrorCode, errorCatalogue, LibralError, type SafeParams } from '#protocol/errors.ts'
import { feedLimits, feedPath, feedProtocol, greetedRpcProtocol, rpcPath, rpcProtocol } from '#protocol/feed.ts'
import { type Hello, protocolVersions } from '#protocol/session.ts'
import type { Target } from './desk.ts'
import { connectTls } from './tls.ts'

export type BackendClient = ContractRouterClient<BackendContract>

const handshakeMs = 5_000
/** A call that takes longer has failed, whatever becomes of it. */
const callMs = 10_000
/** Frames are bounded softly by the backend, and by one row at the least. */
const maxPayload = 8 * feedLimits.frameBytes

const services = {
  rpc: { path: rpcPath, protocol: [rpcProtocol] },
  /** With the backend's hello as its first frame, where it knows how. */
  greeted: { path: rpcPath, protocol: [greetedRpcProtocol, rpcProtocol] },
  feed: { path: feedPath, protocol: [feedProtocol] },
} as const

/** Opens a socket to one of the backend's two services. Compression would cost more than a local link gains. */
export const dial = (target: Target, service: keyof typeof services): WebSocket => {
  const socket = socketTo(target, services[service])
  // What went wrong shows in `close`, which always follows; without a listener it would end the process.
  socket.on('error', () => {})
  return socket
}

const socketTo = (target: Target, { path, protocol }: (typeof services)[keyof typeof services]): WebSocket => {
  const options = { perMessageDeflate: false, handshakeTimeout: handshakeMs, maxPayload } as const
  if (target.kind === 'address') return overAddress(target, path, protocol, options)
  const pipe = target.path
  // The same for Unix sockets and Windows pipes, whose names a ws+unix URL can't hold.
  return new WebSocket(`ws://localhost${path}`, [...protocol], {
    ...options,
    createConnection: () => connectPipe(pipe),
  })
}

type Options = ConstructorParameters<typeof WebSocket>[2]

const overAddress = (
  { url, pin }: Extract<Target, { kind: 'address' }>,
  path: string,
  protocol: readonly string[],
  options: Options,
): WebSocket => {
  const whole = new URL(path, url)
  if (whole.protocol !== 'wss:') return new WebSocket(whole, [...protocol], options)
  // Handed over only once the certificate has been judged: nothing was written before.
  const createConnection = (_: unknown, done: (error: Error | null, socket?: Duplex) => void): undefined => {
    connectTls(whole, pin, handshakeMs).then((socket) => done(null, socket), done)
  }
  // The types know only the synchronous form; Node's http takes both.
  return new WebSocket(whole, [...protocol], { ...options, createConnection } as Options)
}

/**
 * What a refused handshake says: 503 with Retry-After in seconds (RFC 9110, 10.2.3) is a backend that is there and
 * busy, not one that is away.
 */
const refusalOf = ({ statusCode, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>): LibralError => {
  const after = headers['retry-after'] ?? ''
  if (statusCode === 503 && /^[0-9]{1,4}$/.test(after)) {
    return new LibralError('link.overloaded', { retryAfterSeconds: Number(after) })
  }
  return new LibralError('link.offline')
}

/**
 * Resolves when the socket is open; called in the same turn as {@link dial}.
 * @throws LibralError `link.certificate-*`; `link.overloaded` with `retryAfterSeconds` when the backend asks to come back
 *   later; `link.offline` when it closes first
 */
export const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('unexpected-response', (_request, response) => {
      reject(refusalOf(response))
      socket.terminate()
    })
    socket.once('error', (error) => reject(error instanceof LibralError ? error : new LibralError('link.offline')))
    socket.once('close', () => reject(new LibralError('link.offline')))
  })

const feedHead = Buffer.from('{"t":')
/** Of the feed, where it shares the socket of the calls (protocol/feed.ts). */
export const isFeedFrame = (bytes: Uint8Array): boolean => feedHead.equals(bytes.subarray(0, feedHead.length))

type Wire = ConstructorParameters<typeof RPCLink>[0]['websocket']
type Listen = (type: string, listener: (event: { readonly data: string }) => void, options?: object) => void

/** The contract over an open socket. `ws` speaks the browser's interface; only its types are its own. */
export const clientOver = (socket: WebSocket): BackendClient => {
  const addEventListener: Listen = (type, listener, options) => {
    if (type !== 'message') return socket.addEventListener(type as 'close', listener as () => void, options)
    socket.on('message', (data: Buffer) => {
      if (!isFeedFrame(data)) listener({ data: data.toString() })
    })
  }
  const calls = {
    get readyState() {
      return socket.readyState
    },
    send: (text: string) => socket.send(text),
    removeEventListener: socket.removeEventListener.bind(socket),
    addEventListener,
  }
  return createORPCClient(new RPCLink({ websocket: calls as unknown as Wire }))
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code)

const safeParams = (data: unknown): SafeParams =>
  typeof data === 'object' && data !== null
    ? Object.fromEntries(
        Object.entries(data).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
      )
    : {}

/** What a call threw, as ours: the backend's code, or that the link did not hold. */
export const failureOfCall = (thrown: unknown): LibralError => {
  if (thrown instanceof LibralError) return thrown
  if (thrown instanceof ORPCError && isCode(thrown.code)) return new LibralError(thrown.code, safeParams(thrown.data))
  if (thrown instanceof ORPCError) return new LibralError('internal.unexpected')
  const late = thrown instanceof Error && thrown.name === 'TimeoutError'
  return new LibralError(late ? 'link.time-out' : 'link.offline', {}, { cause: thrown })
}

/**
 * Runs one call with a time limit.
 * @throws LibralError with the backend's code, `link.offline` or `link.time-out`
 */
export const call = async <T>(run: (options: { signal: AbortSignal }) => Promise<T>): Promise<T> => {
  try {
    return await run({ signal: AbortSignal.timeout(callMs) })
  } catch (thrown) {
    throw failureOfCall(thrown)
  }
}

/** What a backend says of itself, and how long that took to ask; null where it said it unasked. */
export interface Greeting {
  readonly client: BackendClient
  readonly hello: Hello
  readonly roundTripMs: number | null
}

/**
 * Waits until a socket of `greeted` is open and the backend has said who it is; called in the same turn as {@link dial}.
 * @throws LibralError with the backend's code, `link.*`
 */
export const greeted = async (socket: WebSocket): Promise<Greeting> => {
  const first = Promise.withResolvers<Hello>()
  first.promise.catch(() => undefined)
  const hear = (data: RawData): void => {
    try {
      first.resolve((JSON.parse(data.toString()) as { hello: Hello }).hello)
    } catch {
      first.reject(new LibralError('protocol.unsupported'))
    }
  }
  socket.once('message', hear)
  socket.once('close', () => first.reject(new LibralError('link.offline')))
  await opened(socket)
  if (socket.protocol === greetedRpcProtocol) {
    const hello = await call(({ signal }) => inTime(first.promise, signal))
    return { client: clientOver(socket), hello, roundTripMs: null }
  }
  socket.off('message', hear)
  const client = clientOver(socket)
  return { client, ...(await ask(client)) }
}

const ask = async (client: BackendClient): Promise<{ readonly hello: Hello; readonly roundTripMs: number }> => {
  const began = performance.now()
  const hello = await call((limit) => client.session.hello({ ...protocolVersions }, limit))
  return { hello, roundTripMs: performance.now() - began }
}

/** The backend's clock, on a connection that is signed in: `hello` is what tells it in every version. @throws as {@link call} */
export const timeOf = async (
  client: BackendClient,
): Promise<{ readonly now: number; readonly roundTripMs: number }> => {
  const { hello, roundTripMs } = await ask(client)
  return { now: hello.now, roundTripMs }
}

const inTime = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return Promise.race([work, promise])
}
