import type { WebSocket } from 'ws'
import { feedLimits } from '#protocol/feed.ts'

/**
 * Tells when nothing was heard on a socket for 25 s (the backend pings every 10), and how long a ping takes. Checked by
 * a timer of our own: a half-open connection says nothing by itself.
 */
export const watchSocket = (
  socket: WebSocket,
  on: { readonly silent: () => void; readonly roundTrip: (ms: number) => void },
): void => {
  let heard = performance.now()
  let asked = 0
  const hear = (): void => {
    heard = performance.now()
  }
  const timer = setInterval(() => {
    if (performance.now() - heard > feedLimits.deadMs) {
      on.silent()
      return
    }
    asked = performance.now()
    if (socket.readyState === socket.OPEN) socket.ping()
  }, feedLimits.pingMs / 2)
  socket.on('message', hear)
  socket.on('ping', hear)
  socket.on('pong', () => {
    hear()
    on.roundTrip(performance.now() - asked)
  })
  socket.once('close', () => clearInterval(timer))
}
