import { feedLimits } from '#protocol/feed.ts'

/** Bounds of one transport. Tests shorten the times; everything else runs with these. */
export interface TransportLimits {
  /** WebSocket connections at once, of both kinds; the next one is answered 503. */
  readonly connections: number
  /** For the whole HTTP upgrade request to arrive, ms. */
  readonly handshakeMs: number
  readonly pingMs: number
  /** A peer that answered no ping for this long is gone, ms. */
  readonly deadMs: number
  /** For the first frame of a feed to arrive, ms. */
  readonly openMs: number
  /** Between a close frame and the end of the socket, ms. */
  readonly closeMs: number
  /** For running calls to end while draining, ms. */
  readonly drainMs: number
  readonly ticketMs: number
  /** Largest RPC frame, bytes: an entry's bound with room for escapes and the envelope. */
  readonly requestBytes: number
  /** What may wait for an RPC client that doesn't read its answers, bytes. */
  readonly answerBytes: number
  /** Calls in flight: of one signed-in operator over all connections; of one connection before that. */
  readonly inFlight: number
  readonly inFlightAnonymous: number
  /** Calls a second of one signed-in operator; of one connection before that. */
  readonly callsPerSecond: number
  readonly callsPerSecondAnonymous: number
  /** Calls a second before sign-in of one address, all connections and instances together. */
  readonly callsPerSecondAddress: number
}

export const defaultLimits: TransportLimits = {
  connections: 10_000,
  handshakeMs: 5_000,
  pingMs: feedLimits.pingMs,
  deadMs: feedLimits.deadMs,
  openMs: 5_000,
  closeMs: 2_000,
  // With closeMs and the kernel's own end, less than the ten seconds that the app waits before it kills.
  drainMs: 5_000,
  ticketMs: 30_000,
  requestBytes: 256 * 1024,
  answerBytes: 8 * 1024 * 1024,
  inFlight: 1_024,
  inFlightAnonymous: 16,
  callsPerSecond: 20_000,
  callsPerSecondAnonymous: 50,
  // An office behind one address comes back at once: three calls a desktop.
  callsPerSecondAddress: 5_000,
}
