import type { LinkState } from '#protocol/desktop.ts'
import { type ErrorCode, errorCatalogue, type Failure } from '#protocol/errors.ts'
import { closeCodes } from '#protocol/feed.ts'
import { backOff, slowMs, spread } from './back-off.ts'

/** The link as a table of states and events without gaps. Pure: clock and chance come with each event. */

/** What the addresses have said, one after the other, since the link last held or a pause was made. */
export interface Round {
  readonly tried: number
  /** How many of them can't serve before somebody does something about it. */
  readonly refused: number
  /** What to tell of those; null: there are none. */
  readonly refusal: Failure | null
  /** The longest pause that one of them named, ms; null: none did. */
  readonly named: number | null
}

const newRound: Round = { tried: 0, refused: 0, refusal: null, named: null }

export interface LinkModel {
  readonly state: LinkState
  /** When this state began. */
  readonly since: number
  /** Attempts since the link last held. */
  readonly attempt: number
  readonly retryAt: number | null
  readonly failure: Failure | null
  readonly round: Round
  /** Ended for good: nothing opens it again. */
  readonly ended: boolean
}

export const idleLink = (now: number): LinkModel => ({
  state: 'idle',
  since: now,
  attempt: 0,
  retryAt: null,
  failure: null,
  round: newRound,
  ended: false,
})

export type LinkEvent =
  /** An endpoint was given: connect now. */
  | { readonly t: 'endpoint' }
  /** The RPC socket is open and hello was answered in a common version. */
  | { readonly t: 'greeted' }
  | { readonly t: 'signed-in' }
  /** The replica shows everything up to what the backend had when the feed opened. */
  | { readonly t: 'caught-up' }
  /** A collection is being loaded anew. */
  | { readonly t: 'behind' }
  /** A step of connecting failed. */
  | { readonly t: 'failed'; readonly failure: Failure }
  /** A socket closed, with its WebSocket code; `pauseMs` where the backend named a pause. */
  | { readonly t: 'closed'; readonly code: number; readonly pauseMs: number | null }
  /** Nothing was heard for too long. */
  | { readonly t: 'silent' }
  | { readonly t: 'timer' }
  /** The session key is destroyed; sockets stay. */
  | { readonly t: 'lock' }
  | { readonly t: 'end' }

export type LinkEffect =
  | { readonly t: 'dial' }
  /** The next dial goes to the address after this one. */
  | { readonly t: 'next-address' }
  | { readonly t: 'sign-in' }
  | { readonly t: 'open-feed' }
  | { readonly t: 'hang-up' }
  | { readonly t: 'arm'; readonly ms: number }
  | { readonly t: 'disarm' }
  | { readonly t: 'forget-session' }
  | { readonly t: 'forget-key' }

export interface Circumstances {
  readonly now: number
  /** In [0, 1). */
  readonly random: number
  /** How many addresses the deployment has. */
  readonly addresses: number
}

export type Transition = readonly [LinkModel, readonly LinkEffect[]]
type EventOf<Name extends LinkEvent['t']> = Extract<LinkEvent, { t: Name }>
type Handler<Name extends LinkEvent['t']> = (model: LinkModel, event: EventOf<Name>, at: Circumstances) => Transition
type Row = { readonly [Name in LinkEvent['t']]: Handler<Name> }

/** A link that held this long starts over with short pauses. */
const heldMs = 5_000

const enter = (model: LinkModel, state: LinkState, at: Circumstances, change: Partial<LinkModel> = {}): LinkModel => ({
  ...model,
  since: model.state === state ? model.since : at.now,
  retryAt: null,
  ...change,
  state,
})

const stay = (model: LinkModel): Transition => [model, []]

const dial: Handler<'endpoint'> = (model, _event, at) => [
  enter(model, 'connecting', at, { attempt: 0, failure: null, round: newRound }),
  [{ t: 'disarm' }, { t: 'hang-up' }, { t: 'dial' }],
]

/** No backend keeps a desktop away for longer. */
const longestNamedMs = 60_000

/** `named`: by the backend. That it is busy says nothing of the link, so the next pause of our own is no longer for it. */
const waitFor = (
  model: LinkModel,
  ms: number,
  at: Circumstances,
  failure: Failure | null,
  named: number | null = null,
): Transition => {
  const pause = named === null ? ms : Math.max(ms, spread(Math.min(longestNamedMs, named), at.random))
  const attempt = named === null ? model.attempt + 1 : model.attempt
  return [
    enter(model, 'waiting', at, { attempt, retryAt: at.now + pause, failure, round: newRound }),
    [{ t: 'hang-up' }, { t: 'arm', ms: pause }],
  ]
}

/**
 * This address is of no use now: the others are tried at once, and a pause is made only after the last of them, as long as
 * any of them asked for. Refusals are told for the whole round: about those a person can do something.
 */
const moveOn = (
  model: LinkModel,
  ms: number,
  at: Circumstances,
  failure: Failure,
  pauseMs: number | null = null,
): Transition => {
  const round = { ...model.round, tried: model.round.tried + 1, named: longer(model.round.named, pauseMs) }
  const told = round.refusal ?? failure
  if (round.tried >= at.addresses) {
    const [next, effects] = waitFor(model, ms, at, told, round.named)
    return [next, [{ t: 'next-address' }, ...effects]]
  }
  return [
    enter(model, 'waiting', at, { retryAt: at.now, failure: told, round }),
    [{ t: 'next-address' }, { t: 'hang-up' }, { t: 'arm', ms: 0 }],
  ]
}

/** What is wrong with one address alone: others of the deployment may serve meanwhile. */
const ofOneAddress: ReadonlySet<ErrorCode> = new Set([
  'link.certificate-changed',
  'link.certificate-untrusted',
  'protocol.unsupported',
])

/** This address won't serve by trying again. The link stops when that holds for all of them. */
const refuse = (model: LinkModel, at: Circumstances, failure: Failure): Transition => {
  const { refused, refusal } = model.round
  const round = { ...model.round, refused: refused + 1, refusal: refusal ?? failure }
  if (round.refused >= at.addresses) return stopFor(model, at, round.refusal)
  const held = { ...afterHolding(model, at), round }
  return moveOn(held, backOff(held.attempt, at.random), at, failure)
}

const longer = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)

const stopFor = (model: LinkModel, at: Circumstances, failure: Failure): Transition => [
  enter(model, 'stopped', at, { failure, round: newRound }),
  [{ t: 'disarm' }, { t: 'hang-up' }],
]

/** Attempts as they count for the next pause: a link that held for a while is a new beginning. */
const afterHolding = (model: LinkModel, at: Circumstances): LinkModel =>
  model.state === 'live' && at.now - model.since >= heldMs ? { ...model, attempt: 0 } : model

const offline: Failure = { code: 'link.offline', params: {} }

const failed: Handler<'failed'> = (model, { failure }, at) => {
  if (ofOneAddress.has(failure.code)) return refuse(model, at, failure)
  if (!errorCatalogue[failure.code].retry) return stopFor(model, at, failure)
  const held = afterHolding(model, at)
  return moveOn(held, backOff(held.attempt, at.random), at, failure, pauseNamed(failure))
}

/** The pause that a refusal asks for, ms. */
const pauseNamed = ({ params: { retryAfterSeconds } }: Failure): number | null =>
  typeof retryAfterSeconds === 'number' && retryAfterSeconds >= 0 ? retryAfterSeconds * 1_000 : null

const silent: Handler<'silent'> = (model, _event, at) => {
  const held = afterHolding(model, at)
  return moveOn(held, backOff(held.attempt, at.random), at, { code: 'link.time-out', params: {} })
}

const closed: Handler<'closed'> = (model, { code, pauseMs }, at) => {
  const held = afterHolding(model, at)
  const soon = backOff(held.attempt, at.random)
  switch (code) {
    case closeCodes.unsupported:
      return refuse(held, at, { code: 'protocol.unsupported', params: {} })
    case closeCodes.overloaded:
      return moveOn(held, soon, at, { code: 'link.overloaded', params: {} }, pauseMs)
    case closeCodes.badFrame:
      return waitFor(held, slowMs, at, { code: 'input.invalid', params: {} })
    case closeCodes.slow:
      return waitFor(held, held.attempt === 0 ? 0 : soon, at, { code: 'feed.slow', params: {} })
    case closeCodes.sessionEnded: {
      const [next, effects] = waitFor(held, soon, at, { code: 'session.ended', params: {} })
      return [next, [{ t: 'forget-session' }, ...effects]]
    }
    default:
      return moveOn(held, soon, at, offline)
  }
}

const end: Handler<'end'> = (model, _event, at) => [
  enter(model, 'stopped', at, { ended: true }),
  [{ t: 'disarm' }, { t: 'hang-up' }, { t: 'forget-session' }],
]

const lock: Handler<'lock'> = (model) => [model, [{ t: 'forget-key' }]]

/** What every state does alike with an event that means nothing to it. */
const quiet: Row = {
  endpoint: dial,
  greeted: stay,
  'signed-in': stay,
  'caught-up': stay,
  behind: stay,
  failed: stay,
  closed: stay,
  silent: stay,
  timer: stay,
  lock,
  end,
}

const open: Row = { ...quiet, failed, closed, silent }

export const table: Readonly<Record<LinkState, Row>> = {
  idle: quiet,
  connecting: {
    ...open,
    greeted: (model, _event, at) => [enter(model, 'signing-in', at), [{ t: 'sign-in' }]],
  },
  'signing-in': {
    ...open,
    'signed-in': (model, _event, at) => [enter(model, 'syncing', at), [{ t: 'open-feed' }]],
  },
  syncing: {
    ...open,
    'caught-up': (model, _event, at) => [enter(model, 'live', at, { failure: null, round: newRound }), []],
  },
  live: {
    ...open,
    behind: (model, _event, at) => [enter(model, 'syncing', at), []],
  },
  waiting: {
    ...quiet,
    timer: (model, _event, at) => [enter(model, 'connecting', at), [{ t: 'dial' }]],
  },
  stopped: {
    ...quiet,
    endpoint: (model, event, at) => (model.ended ? stay(model) : dial(model, event, at)),
    end: (model, event, at) => (model.ended ? stay(model) : end(model, event, at)),
  },
}

/** One step of the link: what it is next, and what has to be done about it. */
export const step = (model: LinkModel, event: LinkEvent, at: Circumstances): Transition => {
  // Row and event are indexed by the same name, which TypeScript can't follow through a union.
  const handler = table[model.state][event.t] as Handler<LinkEvent['t']>
  return handler(model, event, at)
}
