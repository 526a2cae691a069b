import type { WebSocket } from 'ws'
import { WebSocket as Socket } from 'ws'
import { backOff } from '#main/link/back-off.ts'
import { handovers } from '#protocol/events.ts'
import { connectFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, opened, socketOptions } from '#tests/fixtures/client/rpc-client.ts'
import { resumeAs, signInAs } from '#tests/fixtures/client/session.ts'
import type { Signer } from '#trust/ed25519.ts'

/** Many desktops in one process: each with its two sockets on one server, and the next one when that fails. */
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

/** Each text begins with its number, one after the other without a gap. */
const heard = (desktop: Desktop, frame: string): void => {
  for (const [, number] of frame.matchAll(/"text":"(\d+) /g)) {
    const nth = Number(number)
    if (nth < desktop.next) doubled++
    else lost += nth - desktop.next
    desktop.next = Math.max(desktop.next, nth + 1)
  }
  const to = /^\{"t":"changes","to":(\d+)/.exec(frame)?.[1]
  if (to) desktop.offset = Math.max(desktop.offset, Number(to))
}

const inTime = <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => undefined)
  return Promise.race([work, sleep(stepMs).then(() => Promise.reject(new Error('too late')))])
}

/** `over` is fulfilled when it no longer is live. */
const goLive = async (desktop: Desktop, address: string): Promise<{ readonly over: Promise<unknown> }> => {
  const options = { localAddress: desktop.from }
  const sockets: WebSocket[] = []
  desktop.end = () => {
    for (const socket of sockets) socket.terminate()
  }
  if (desktop.signer === undefined) {
    const socket = new Socket(`ws://${address}/`, { ...socketOptions, ...options })
    sockets.push(socket)
    const over = closed(socket)
    await opened(socket)
    return { over }
  }
  const session = await inTime(resumeAs(address, desktop.signer, options))
  sockets.push(session.socket)
  const { ticket } = await inTime(session.api.feed.ticket({}))
  const feed = await inTime(connectFeed(address, options))
  sockets.push(feed)
  const over = Promise.race([closed(session.socket), closed(feed)])
  const answered = new Promise<string>((resolve) => feed.once('message', (data) => resolve(String(data))))
  feed.on('message', (data) => heard(desktop, String(data)))
  const cursors = { [handovers.name]: { epoch: 1, offset: desktop.offset } }
  feed.send(JSON.stringify({ t: 'open', ticket, cursors, telemetry: false }))
  const first = await inTime(answered)
  if (!first.includes('"mode":"resume"')) throw new Error(`not resumed: ${first}`)
  return { over }
}

const stay = async (desktop: Desktop, addresses: readonly string[]): Promise<void> => {
  let attempt = 0
  while (!leaving) {
    const address = addresses[desktop.home % addresses.length] ?? ''
    try {
      const { over } = await goLive(desktop, address)
      desktop.liveAt = now()
      desktop.at = address
      attempt = 0
      await over
    } catch (failure) {
      // Whatever it was, the next address comes next.
      if (String(failure).includes('503')) refused++
    }
    desktop.liveAt = undefined
    desktop.end()
    desktop.home++
    // As the desktop's link: every address once without a pause.
    if (++attempt >= addresses.length) await sleep(backOff(attempt - addresses.length, Math.random()))
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
