import type { WebSocket } from 'ws'
import type { TransportLimits } from './limits.ts'

export interface Heartbeat {
  watch(socket: WebSocket): void
  stop(): void
}

/** Shares of all sockets, each pinged at a moment of its own: twenty thousand at once would hold the process up. */
const shares = 20

/**
 * Pings every watched socket and ends those from which nothing came for `deadMs`: a half-open connection (cable pulled,
 * laptop asleep) is otherwise kept for hours.
 */
export const startHeartbeat = (limits: Pick<TransportLimits, 'pingMs' | 'deadMs'>): Heartbeat => {
  const heard = Array.from({ length: shares }, () => new Map<WebSocket, number>())
  let watched = 0
  let beats = 0
  const shareOf = (nth: number): Map<WebSocket, number> => heard[nth % shares] as Map<WebSocket, number>
  const beat = (): void => {
    const deadline = performance.now() - limits.deadMs
    for (const [socket, at] of shareOf(beats++)) {
      if (at < deadline) socket.terminate()
      else if (socket.readyState === socket.OPEN) socket.ping()
    }
  }
  const timer = setInterval(beat, limits.pingMs / shares)
  return {
    watch: (socket) => {
      const share = shareOf(watched++)
      const hear = (): void => {
        if (share.has(socket)) share.set(socket, performance.now())
      }
      share.set(socket, performance.now())
      socket.on('pong', hear)
      socket.on('message', hear)
      socket.once('close', () => share.delete(socket))
    },
    stop: () => {
      clearInterval(timer)
      for (const share of heard) share.clear()
    },
  }
}
