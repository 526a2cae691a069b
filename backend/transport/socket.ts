import type { RawData, WebSocket } from 'ws'

/** Closes in good order and ends the socket if the peer doesn't answer, so that a dead peer keeps no memory. */
export const closeSocket = (socket: WebSocket, code: number, reason: string, closeMs: number): void => {
  if (socket.readyState !== socket.OPEN) return
  socket.close(code, reason)
  const timer = setTimeout(() => socket.terminate(), closeMs)
  socket.once('close', () => clearTimeout(timer))
}

/** The bytes of a message, however ws hands them over. */
export const bytesOf = (data: RawData): Uint8Array => {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
