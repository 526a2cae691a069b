import type { WebSocket } from 'ws'
import type { TransportLimits } from './limits.ts'

export interface Heartbeat {
  watch(socket: WebSocket): void
  stop(): void
}

/**
 * Pings every watched socket and ends those from which nothing came for `deadMs`: a half-open connection (cable pulled,
 * laptop asleep) is otherwise kept for hours.
 */
export const startHeartbeat = (limits: Pick<TransportLimits, 'pingMs' | 'deadMs'>): Heartbeat => {
  const heard = new Map<WebSocket, number>()
  const beat = (): void => {
    const deadline = performance.now() - limits.deadMs
    for (const [socket, at] of heard) {
      if (at < deadline) socket.terminate()
      else if (socket.readyState === socket.OPEN) socket.ping()
    }
  }
  const timer = setInterval(beat, limits.pingMs)
  return {
    watch: (socket) => {
      const hear = (): void => {
        if (heard.has(socket)) heard.set(socket, performance.now())
      }
      heard.set(socket, performance.now())
      socket.on('pong', hear)
      socket.on('message', hear)
      socket.once('close', () => heard.delete(socket))
    },
    stop: () => {
      clearInterval(timer)
      heard.clear()
    },
  }
}
