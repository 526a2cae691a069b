import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { feedPath, feedProtocol, rpcPath, rpcProtocol } from '#protocol/feed.ts'
import { closed, opened, urlOf } from '#tests/fixtures/client/rpc-client.ts'

/** Sockets below the clients, for peers that break the rules. */
export const pathOf = (address: string): string => address.slice('unix:'.length)

export const rawSocket = (address: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(pathOf(address))
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })

export const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.resume()
    socket.once('close', () => resolve())
  })

/** The status that an upgrade with these headers is answered with; 101 when it succeeds. */
export const upgradeStatus = (
  address: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }> =>
  new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath: pathOf(address),
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    request.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: 101, headers: response.headers })
    })
    request.once('response', (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
    })
    request.once('error', reject)
    request.end()
  })

export interface RawWebSocket {
  readonly socket: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** The next message as JSON. */
  next(): Promise<unknown>
}

export const rawWebSocket = async (address: string, service: 'rpc' | 'feed'): Promise<RawWebSocket> => {
  const [path, protocol] = service === 'rpc' ? [rpcPath, rpcProtocol] : [feedPath, feedProtocol]
  const socket = new WebSocket(urlOf(address, path), protocol, { perMessageDeflate: false })
  await opened(socket)
  socket.on('error', () => undefined)
  return {
    socket,
    closed: closed(socket),
    next: () => new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(data.toString())))),
  }
}

/** One masked WebSocket frame (RFC 6455 section 5.2), for payloads that a client library won't send. */
export const clientFrame = (opcode: number, payload: Uint8Array): Buffer => {
  const length = payload.byteLength
  const header = length < 126 ? Buffer.from([0x80 | opcode, 0x80 | length]) : Buffer.alloc(4)
  if (length >= 126) {
    header.set([0x80 | opcode, 0x80 | 126])
    header.writeUInt16BE(length, 2)
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([header, Buffer.alloc(4), payload])
}

/** The stream below a WebSocket: what a library hides and a broken peer writes to. */
export const underlying = (socket: WebSocket): Duplex => (socket as unknown as { readonly _socket: Duplex })._socket
