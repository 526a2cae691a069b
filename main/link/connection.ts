import type { WebSocket } from 'ws'
import type { AskHead, Witness } from '#main/audit/witness.ts'
import type { Replica } from '#main/replica/replica.ts'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import { closeCodes, type FeedRequest } from '#protocol/feed.ts'
import type { Hello } from '#protocol/session.ts'
import { type ClockFollower, type ClockReading, clocks, followClock, readingOf } from './backend-clock.ts'
import type { Endpoint, Identity, Target } from './desk.ts'
import { type Feed, type FeedEnds, holdFeed, openFeed } from './feed.ts'
import { watchSocket } from './heartbeat.ts'
import { judgeExplanation } from './judge-explanation.ts'
import { askHead, earlierKeysIn, handCosignature, logKeyIn } from './log-head.ts'
import { isOver, type Session, signIn, type Welcome } from './session.ts'
import { type BackendClient, call, dial, greeted, timeOf } from './wire.ts'

/** What one connection has to tell; after `close` it tells nothing more. */
export interface ConnectionEvents {
  readonly greeted: (hello: Hello, clock: { readonly skewMs: number; readonly roundTripMs: number | null }) => void
  readonly signedIn: (session: Session) => void
  readonly failed: (failure: Failure) => void
  readonly closed: (code: number, pauseMs: number | null) => void
  readonly silent: () => void
  readonly roundTrip: (ms: number) => void
  /** The backend's clock is ahead by something else than it was. */
  readonly skew: (ms: number) => void
  readonly telemetry: (text: string) => void
  /** The log was found to extend what this desktop saw of it. */
  readonly witnessed: () => void
  /** The log has another key than the one known, handed over by both. */
  readonly keyReplaced: (identity: Identity) => void
}

export interface ConnectionOptions {
  readonly target: Target
  readonly credential: Endpoint['credential']
  readonly identity: Identity | null
  readonly name: string
  /** Distinguishes this connection's frames in the replica. */
  readonly session: number
  readonly replica: Replica
  readonly witness: Witness
  readonly events: ConnectionEvents
}

/** One attempt at a backend: an RPC socket, then the feed's, or the feed on the same one. Both end together. */
export interface Connection {
  readonly session: number
  client(): BackendClient | null
  signIn(previous: Session | null): void
  openFeed(): void
  /** Looks at the log now and hands our signature over. @throws LibralError `link.offline`, `log.*`, that of a call */
  look(): Promise<void>
  /** Makes sure that the skew that was told holds now. @throws LibralError that of a call */
  settleClock(): Promise<void>
  /** Passes a request of the replica on to the feed. */
  request(request: FeedRequest): void
  close(): void
}

/** Another log under the same name is never taken for the one that was met first; of another name the witness judges. */
const checkIdentity = ({ deployment, logKey }: Hello, known: Identity | null, earlier: readonly string[]): void => {
  if (known === null) return
  if (known.deployment !== deployment) return
  if (![logKey, ...earlier].includes(known.logKey)) throw new LibralError('log.broken', { reason: 'key-changed' })
}

/** How often a log is looked at while its connection holds. */
const witnessEveryMs = 60_000

/** `overloaded` names its pause in seconds. */
const pauseOf = (reason: string): number | null => (/^[0-9]{1,4}$/.test(reason) ? Number(reason) * 1_000 : null)

/** A ticket is good for thirty seconds (feed.ts); one that waited longer than this is asked for anew. */
const ticketKeptMs = 15_000

/** The head that came with the session answers the question that it is the answer to; every other one is asked. */
const offeredFirst =
  (welcome: Welcome | null, ask: AskHead): AskHead =>
  (seen) =>
    welcome !== null && welcome.seen === seen ? Promise.resolve(welcome.head) : ask(seen)

export const connect = (options: ConnectionOptions): Connection => {
  const { target, credential, identity, name, session, replica, witness, events } = options
  const sockets = new Set<WebSocket>()
  let over = false
  let client: BackendClient | null = null
  let hello: Hello | null = null
  let feed: Feed | null = null
  let welcome: Welcome | null = null
  let joinFeed: ((ends: FeedEnds) => Feed) | null = null
  let looking: NodeJS.Timeout | null = null
  let reading: ClockReading | null = null
  let clock: ClockFollower | null = null
  let signedIn = false

  const ends: FeedEnds = {
    ...{ session, replica },
    onTelemetry: (text) => {
      if (!over) events.telemetry(text)
    },
  }

  const close = (): void => {
    over = true
    if (looking !== null) clearInterval(looking)
    clock?.stop()
    client = null
    for (const socket of sockets) socket.terminate()
  }

  /**
   * Runs a step; its failure is told once, and only while this connection counts. A session that ends right behind the
   * sign-in is met by whichever call comes next: that is no refusal of who signs in.
   */
  const attempt = (work: () => Promise<void>): void => {
    work().catch((error: unknown) => {
      if (over) return
      if (signedIn && isOver(error)) events.closed(closeCodes.sessionEnded, null)
      else events.failed(failureOf(error))
    })
  }

  /** A history that does not hold ends the connection; a call that fails is the link's own affair. */
  const look = async (): Promise<void> => {
    const [known, greeted] = [client, hello]
    if (known === null || greeted === null || over) throw new LibralError('link.offline')
    try {
      await witness.check(logKeyIn(greeted), askHead(known))
      if (!over) events.witnessed()
      await handCosignature(known, logKeyIn(greeted), witness)
    } catch (error) {
      const failure = failureOf(error)
      if (!over && failure.code.startsWith('log.')) events.failed(failure)
      throw error
    }
  }

  const watch = (socket: WebSocket): void => {
    sockets.add(socket)
    socket.once('close', (code, reason) => {
      sockets.delete(socket)
      if (!over) events.closed(code, pauseOf(reason.toString()))
    })
    watchSocket(socket, {
      silent: () => {
        if (!over) events.silent()
      },
      roundTrip: (ms) => {
        if (!over) events.roundTrip(ms)
      },
    })
  }

  const greet = async (): Promise<void> => {
    const socket = dial(target, 'greeted')
    sockets.add(socket)
    const { client: made, hello: answer, roundTripMs } = await greeted(socket)
    const read = readingOf(answer.now, roundTripMs ?? 0, clocks())
    reading = read
    if (over) return socket.terminate()
    watch(socket)
    joinFeed = holdFeed(socket)
    // A key that the one we know signed for, or a key before it, is as good as the one we know.
    const { restorations = [] } = answer
    const earlier = earlierKeysIn(answer)
    checkIdentity(answer, identity, earlier)
    await witness.meet(
      { log: logKeyIn(answer), restorations, earlierKeys: earlier, known: identity?.deployment ?? null },
      judgeExplanation(replica),
    )
    if (over) return
    client = made
    hello = answer
    const { deployment, logKey } = answer
    await replica.call('claim', { id: deployment, name: answer.name, logKey }, earlier)
    const renewed = identity !== null && (identity.logKey !== logKey || identity.deployment !== deployment)
    if (renewed) events.keyReplaced({ deployment, logKey })
    if (!over) events.greeted(answer, { skewMs: read.skewMs, roundTripMs })
  }

  attempt(greet)
  return {
    session,
    client: () => client,
    signIn: (previous) =>
      attempt(async () => {
        const known = client
        if (known === null || hello === null) return
        const before = witness.seen()?.checkpoint
        const seen = before?.origin === hello.deployment ? before.size : null
        const wishes = async () => ({ cursors: { ...(await replica.begin(session)) }, telemetry: true })
        const made = await signIn({ client: known, hello, credential, name, previous, seen, wishes })
        welcome = made.welcome
        signedIn = true
        await witness.check(logKeyIn(hello), offeredFirst(made.welcome, askHead(known)))
        if (over) return
        // What goes wrong is told where it happens, or is the link's own affair.
        looking = setInterval(() => void look().catch(() => undefined), witnessEveryMs)
        // Not before: each answer to `hello` brings a new nonce, and the proof was made over the first.
        clock =
          reading &&
          followClock(
            reading,
            () => timeOf(known),
            (ms) => over || events.skew(ms),
          )
        events.signedIn(made.session)
      }),
    openFeed: () =>
      attempt(async () => {
        const [open, given] = [client, welcome]
        welcome = null
        if (open === null) return
        if (given?.ticket === null) {
          feed = joinFeed?.(ends) ?? null
          return
        }
        const kept = given !== null && performance.now() - given.at < ticketKeptMs ? given.ticket : null
        const [ticket, cursors] = await Promise.all([
          kept ?? call((limit) => open.feed.ticket({}, limit)).then((answer) => answer.ticket),
          replica.begin(session),
        ])
        if (over) return
        const made = await openFeed({ target, ticket, cursors, ...ends })
        feed = made
        if (over) made.socket.terminate()
        else watch(made.socket)
      }),
    look,
    settleClock: async () => clock?.settle(),
    request: (request) => feed?.send(request),
    close,
  }
}
