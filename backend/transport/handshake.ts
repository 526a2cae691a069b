import type { IncomingMessage } from 'node:http'
import { feedPath, feedProtocol, greetedRpcProtocol, rpcPath, rpcProtocol } from '#protocol/feed.ts'

export type Service = 'rpc' | 'feed'

export type Admission =
  | { readonly service: Service }
  | { readonly refused: 400 | 403 | 404 | 503; readonly retryAfterSeconds?: number }

const services: Readonly<Record<string, Service>> = { [rpcPath]: 'rpc', [feedPath]: 'feed' }

/** Sub-protocols of each service, the best one first. */
const protocols: Readonly<Record<Service, readonly string[]>> = {
  rpc: [greetedRpcProtocol, rpcProtocol],
  feed: [feedProtocol],
}

/** The best sub-protocol of a service that was offered; undefined when none of ours was. */
export const protocolOf = (service: Service, offers: readonly string[]): string | undefined =>
  protocols[service].find((name) => offers.includes(name))

/**
 * Judges an upgrade request. A browser always sends Origin with a WebSocket handshake (RFC 6455 section 4.1) and a page
 * can't take it away, so refusing the header keeps every web page out, whatever name it reached us by.
 */
export const admit = (
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  state: {
    readonly draining: boolean
    readonly connections: number
    readonly limit: number
    /** From another machine in the clear, where that is not allowed. */
    readonly plaintext?: boolean
    /** Under load, new connections are asked to come back after so many seconds. */
    readonly crowdedSeconds?: number | undefined
  },
): Admission => {
  const service = Object.hasOwn(services, request.url ?? '') ? services[request.url ?? ''] : undefined
  if (!service) return { refused: 404 }
  if (request.headers.origin !== undefined || state.plaintext) return { refused: 403 }
  if (!protocolOf(service, offered(request.headers['sec-websocket-protocol']))) return { refused: 400 }
  if (state.draining) return { refused: 503, retryAfterSeconds: 1 }
  if (state.connections >= state.limit) return { refused: 503, retryAfterSeconds: 5 }
  if (state.crowdedSeconds !== undefined) return { refused: 503, retryAfterSeconds: state.crowdedSeconds }
  return { service }
}

const offered = (header: string | undefined): readonly string[] =>
  header === undefined ? [] : header.split(',').map((name) => name.trim())

const reasons = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' } as const

/** The whole HTTP answer to a refused upgrade. */
export const refusalResponse = (admission: Extract<Admission, { refused: number }>): string => {
  const retry =
    admission.retryAfterSeconds === undefined ? [] : [`Retry-After: ${admission.retryAfterSeconds.toFixed(0)}`]
  const status = `HTTP/1.1 ${admission.refused} ${reasons[admission.refused]}`
  return [status, 'Connection: close', 'Content-Length: 0', ...retry, '', ''].join('\r\n')
}
