import type { Duplex } from 'node:stream'
import { StandardRPCHandler } from '@orpc/server/standard'
import type { WebSocket } from 'ws'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import { needOf } from './access.ts'
import type { Connection } from './connection.ts'
import { libralErrorOf, toRpcError } from './failure.ts'
import type { FrameBytes } from './frame-bytes.ts'
import type { TransportLimits } from './limits.ts'
import { createRouter, permit, type RouterParts, type RpcContext } from './router.ts'
import { RpcSocket } from './rpc-socket.ts'
import { Running } from './running.ts'
import type { Log, MeteredCall } from './services.ts'
import type { Throttle } from './throttle.ts'

export interface RpcParts extends RouterParts {
  readonly throttle: Throttle
  readonly limits: TransportLimits
  readonly frames: FrameBytes
  readonly log: Log
  readonly meter: (call: MeteredCall) => void
}

export interface RpcServer {
  /** `stream`: what the socket is made of. */
  serve(socket: WebSocket, stream: Duplex, connection: Connection): void
  /** New calls are refused from now on; resolves when the running ones have been answered. */
  drain(): Promise<void>
}

/** Serves the contract on any number of sockets. */
export const createRpcServer = (parts: RpcParts): RpcServer => {
  const running = new Running()
  const handler = new StandardRPCHandler<RpcContext>(createRouter(parts), {
    clientInterceptors: [
      (call) => guardedCall(parts, running, call.path.join('.'), call.context.connection, call.next),
    ],
  })
  return {
    serve: (socket, stream, connection) =>
      new RpcSocket({ ...parts, handler, running }, socket, stream, connection).start(),
    drain: () => running.drain(),
  }
}

/** What stands around every call: places, rights, metering, and errors as ours. */
const guardedCall = async (
  { throttle, kernel, services, log, meter }: RpcParts,
  running: Running,
  procedure: string,
  connection: Connection,
  next: () => Promise<unknown>,
): Promise<unknown> => {
  const began = performance.now()
  const correlation = connection.nextCorrelation()
  let code: ErrorCode | null = null
  try {
    if (running.draining) throw new LibralError('link.overloaded', { retryAfterSeconds: 1 })
    const release = await throttle.enter(connection)
    try {
      await authorised({ kernel, services }, procedure, connection)
      return await next()
    } finally {
      release()
    }
  } catch (thrown) {
    const failure = libralErrorOf(thrown, procedure, log, correlation)
    code = failure.code
    throw toRpcError({ code, params: { ...failure.params, correlation } })
  } finally {
    const ms = performance.now() - began
    meter({ procedure, ms, code })
    const operator = connection.operator ?? 'anonymous'
    // Success is counted in the figures; a failure is worth a line.
    log[code === null ? 'debug' : 'info']('rpc.call', {
      ...{ correlation, procedure, operator, ms: Math.round(ms), code: code ?? 'ok' },
    })
  }
}

const authorised = async (
  { kernel, services }: Pick<RpcParts, 'kernel' | 'services'>,
  procedure: string,
  connection: Connection,
): Promise<void> => {
  const need = needOf(procedure)
  if (need === 'anyone') return
  const principal = await currentPrincipal(services, connection)
  if (need !== 'signed-in') permit(kernel, principal, need)
}

const currentPrincipal = async (services: RpcParts['services'], connection: Connection) => {
  try {
    return connection.renew(await services.current(connection.principal))
  } catch (refusal) {
    // An ended session ends for this connection too; the desktop resumes or signs in again.
    if (refusal instanceof LibralError && refusal.code.startsWith('session.')) connection.signedOut()
    throw refusal
  }
}
