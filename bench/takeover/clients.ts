import { idleLink, type LinkEffect, type LinkEvent, step } from '#main/link/machine.ts'
import { collections } from '#protocol/catalogue.ts'
import { feedPath, feedProtocol, greetedRpcProtocol, rpcPath, rpcProtocol } from '#protocol/feed.ts'
import type { Hello } from '#protocol/session.ts'
import { proofFor, signInAs } from '#tests/fixtures/client/session.ts'
import type { Signer } from '#trust/ed25519.ts'
import { dialRaw, type RawSocket, Refused } from './raw-socket.ts'

/** Many desktops in one process: each with its socket, or two, on one server, and the next one when that fails. */
export type Order =
  | {
      readonly t: 'join'
      readonly addresses: readonly string[]
      /** First the one at this place of `addresses`. */
      readonly home: number
      readonly count: number
      /** Of loopback: `127.0.NET.1` and on, as many desktops stand behind many addresses. */
      readonly net: number
      /** One for each session, shared by some desktops; none: bare sockets. */
      readonly tokens: readonly string[]
      /** Where in the log they begin, and the number that the first text will carry. */
      readonly offset: number
    }
  /** Answers once every desktop is live on one that is not `dead` and has heard of all texts before `next`, or never will. */
  | { readonly t: 'settled'; readonly dead: string | null; readonly next: number }
  | { readonly t: 'leave' }

export interface Settled {
  /** CLOCK_MONOTONIC in ms at which each desktop became live where it is. */
  readonly liveAt: Float64Array
  readonly lost: number
  readonly doubled: number
  /** Desktops that never came so far. */
  readonly missing: number
  /** Connections that were refused for overload (503) so far. */
  readonly refused: number
}

const patienceMs = 60_000
/** A desktop gives a step of connecting as long. */
const stepMs = 10_000
const now = (): number => Number(process.hrtime.bigint()) / 1e6
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Desktop {
  readonly from: string
  readonly signer: Signer | undefined
  /** How far behind the log's head it saw it last, entries. */
  readonly late: number
  seen: number | null
  home: number
  offset: number
  /** The number of the text that comes next. */
  next: number
  liveAt: number | undefined
  at: string
  end: () => void
}

let desktops: Desktop[] = []
let lost = 0
let doubled = 0
let refused = 0
let leaving = false
/** Failures that are none of the measurement's own. */
const odd = new Map<string, number>()
const resumed = /"events\.handovers":\{"mode":"resume"\}/

/** Each text begins with its number, one after the other without a gap. */
const heard = (desktop: Desktop, frame: string): void => {
  for (const [, number] of frame.matchAll(/"events\.handovers","[^"]*",\{[^}]*"text":"(\d+) /g)) {
    const nth = Number(number)
    if (nth < desktop.next) doubled++
    else lost += nth - desktop.next
    desktop.next = Math.max(desktop.next, nth + 1)
  }
  const to = /^\{"t":"changes","to":(\d+)/.exec(frame)?.[1]
  if (to) desktop.offset = Math.max(desktop.offset, Number(to))
}

const inTime = <T>(work: Promise<T>): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const late = setTimeout(() => reject(new Error('too late')), stepMs)
  work.then(resolve, reject).finally(() => clearTimeout(late))
  return promise
}

interface Resumed {
  readonly head: { readonly note: string }
  readonly ticket: string
  readonly joined?: true
}

/** One desktop's way in, as main/link goes it; fulfilled when it is live. `fail` is told when it no longer is. */
const goLive = (desktop: Desktop, address: string, over: (why?: unknown) => void): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sockets: RawSocket[] = []
  desktop.end = () => {
    for (const socket of sockets) socket.end()
  }
  const gone = (why?: unknown): void => {
    reject(why ?? new Error('closed'))
    over(why)
  }
  const dial = (path: string, protocol: string | undefined, opened: (socket: RawSocket) => void): void => {
    const socket = dialRaw({ address, from: desktop.from, path, protocol }, opened)
    sockets.push(socket)
    socket.closed.then(gone, gone)
  }
  const { signer } = desktop
  if (signer === undefined) {
    dial('/', undefined, () => resolve())
    return promise
  }
  const cursor = { epoch: 1, offset: desktop.offset }
  const feed = { cursors: Object.fromEntries(collections.map(({ name }) => [name, cursor])), telemetry: true }
  /** The feed's first frame, and all that follow. */
  const follow = (socket: RawSocket): void => {
    socket.onText = (first) => {
      if (!first.startsWith('{"t":"opened"') || !resumed.test(first)) return gone(new Error(`not resumed: ${first}`))
      socket.onText = (frame) => heard(desktop, frame)
      resolve()
    }
  }
  const openFeed = (ticket: string): void =>
    dial(feedPath, feedProtocol, (socket) => {
      follow(socket)
      socket.send(JSON.stringify({ t: 'open', ticket, ...feed }))
    })
  dial(rpcPath, `${greetedRpcProtocol}, ${rpcProtocol}`, (rpc) => {
    const answered = (text: string): void => {
      const { p } = JSON.parse(text) as { p: { s?: number; b: { json: Resumed } } }
      if (p.s !== undefined) {
        gone(new Error(text))
        return
      }
      const { head, ticket, joined } = p.b.json
      // As if each had looked at the log at another moment of the last minute.
      desktop.seen = Math.max(1, Number(head.note.split('\n')[1]) - desktop.late)
      if (joined) follow(rpc)
      else openFeed(ticket)
    }
    rpc.onText = (text) => {
      const { hello } = JSON.parse(text) as { hello: Hello }
      const asked = { key: signer.keyId, proof: proofFor(signer, hello), seen: desktop.seen, feed }
      rpc.onText = answered
      rpc.send(JSON.stringify({ i: '1', p: { u: '/session/resume', b: { json: asked } } }))
    }
  })
  return promise
}

/** What became of an attempt, as the desktop's link is told of it. */
const eventOf = (failure: unknown): LinkEvent => {
  if (failure === undefined) return { t: 'closed', code: 1006, pauseMs: null }
  if (failure instanceof Refused) refused++
  else if (!String(failure).includes('ECONNREFUSED')) odd.set(String(failure), (odd.get(String(failure)) ?? 0) + 1)
  const retryAfterSeconds = failure instanceof Refused ? failure.retryAfterSeconds : undefined
  return retryAfterSeconds === undefined
    ? { t: 'failed', failure: { code: 'link.offline', params: {} } }
    : { t: 'failed', failure: { code: 'link.overloaded', params: { retryAfterSeconds } } }
}

/** The desktop's own table says where it turns to, and when. */
const stay = async (desktop: Desktop, addresses: readonly string[]): Promise<void> => {
  let model = idleLink(now())
  const happened = (event: LinkEvent): readonly LinkEffect[] => {
    const [next, effects] = step(model, event, { now: now(), random: Math.random(), addresses: addresses.length })
    model = next
    return effects
  }
  for (happened({ t: 'endpoint' }); !leaving; happened({ t: 'timer' })) {
    const address = addresses[desktop.home % addresses.length] ?? ''
    let failure: unknown
    try {
      const { promise: over, resolve: end } = Promise.withResolvers<unknown>()
      await inTime(goLive(desktop, address, end))
      desktop.liveAt = now()
      desktop.at = address
      for (const t of ['greeted', 'signed-in', 'caught-up'] as const) happened({ t })
      failure = await over
    } catch (thrown) {
      failure = thrown
    }
    desktop.liveAt = undefined
    desktop.end()
    for (const effect of happened(eventOf(failure))) {
      if (effect.t === 'next-address') desktop.home++
      else if (effect.t === 'arm') await sleep(effect.ms)
    }
  }
}

const join = async ({ addresses, home, count, net, tokens, offset }: Extract<Order, { t: 'join' }>) => {
  const signers: Signer[] = []
  for (const secret of tokens) {
    const session = await signInAs(addresses[home] ?? '', { method: 'token', secret })
    signers.push(session.signer)
    await session.close()
  }
  for (let nth = 0; nth < count; nth++) {
    const desktop: Desktop = {
      from: `127.0.${net}.${1 + (nth % 250)}`,
      signer: signers[nth % Math.max(1, signers.length)],
      late: nth % 60,
      seen: null,
      home,
      offset,
      next: 0,
      liveAt: undefined,
      at: '',
      end: () => undefined,
    }
    desktops.push(desktop)
    void stay(desktop, addresses)
    // The start is not what is measured.
    if (nth % 50 === 49) for (; desktops.some((it) => it.liveAt === undefined); ) await sleep(5)
  }
}

const settled = async ({ dead, next }: Extract<Order, { t: 'settled' }>): Promise<Settled> => {
  const there = (it: Desktop) => it.liveAt !== undefined && it.at !== dead && (!it.signer || it.next >= next)
  for (const until = now() + patienceMs; !desktops.every(there) && now() < until; ) await sleep(20)
  if (odd.size > 0) console.error(Object.fromEntries(odd))
  odd.clear()
  const missing = desktops.filter((it) => !there(it)).length
  return { liveAt: Float64Array.from(desktops, (it) => it.liveAt ?? Number.NaN), lost, doubled, missing, refused }
}

const leave = (): void => {
  leaving = true
  for (const desktop of desktops) desktop.end()
  desktops = []
}

const obey = async (order: Order): Promise<unknown> => {
  if (order.t === 'settled') return settled(order)
  if (order.t === 'join') await join(order)
  else leave()
  return 'ready'
}

process.on('message', async (order: Order) => process.send?.(await obey(order)))
process.on('disconnect', () => process.exit())
