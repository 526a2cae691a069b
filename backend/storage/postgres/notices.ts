import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { LibralError } from '#protocol/errors.ts'
import type { Messages, Wakeups } from '../port.ts'
import { clientConfig, type Settings } from './connection.ts'
import { applicationOf, claimName } from './name-claim.ts'
import { createJoiner, piecesOf } from './pieces.ts'

/** https://www.postgresql.org/docs/15/sql-notify.html: told after the commit, so it never holds one up. */
const channel = 'libral_head'
const textsChannel = 'libral_texts'
/** Texts that may wait for a server that is slow; the next ones are dropped. */
const mostWaiting = 8
const backOff = { firstMs: 100, mostMs: 5_000 } as const

/** So that the server gives a name free 20 s after the machine of its holder went away without a word. */
const keepAlive = 'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3'

export interface Notices extends Wakeups {
  /** Resolves once this instance's name is held, or at once where it has none. @throws LibralError `storage.locked` */
  readonly named: Promise<void>
  readonly messages: Messages
  close(): Promise<void>
}

/** Wake-ups over a connection of their own, made anew with growing pauses whenever it is lost. It holds the name, too. */
export const openNotices = (settings: Settings): Notices => {
  const { instance, nameMs, nameLost } = settings
  const run = randomUUID()
  const listeners = new Set<(size: number) => void>()
  const ending = new AbortController()
  const named = Promise.withResolvers<void>()
  named.promise.catch(() => undefined)
  let held = instance === undefined
  if (held) named.resolve()
  let client: pg.Client | undefined
  let telling = false
  let newest = 0
  let turn: Promise<unknown> = Promise.resolve()
  /** One statement after another: the connection takes no more than one, and what it queues by itself it will not much longer. */
  const inTurn = (text: string, values: readonly unknown[] = []): Promise<unknown> => {
    const mine = turn.then(() => client?.query(text, [...values])).catch(() => undefined)
    turn = mine
    return mine
  }

  const hear = (size: number): void => {
    for (const listener of listeners) listener(size)
  }
  const readers = new Set<(text: string) => void>()
  const join = createJoiner(run)
  let number = 0
  let waiting = 0
  const hearPiece = (piece: string): void => {
    const text = join(piece)
    if (text !== undefined) for (const reader of readers) reader(text)
  }
  const say = async (text: string): Promise<void> => {
    if (!client || waiting >= mostWaiting) return
    waiting++
    const pieces = piecesOf(text, run, number++)
    await inTurn(
      `select pg_notify('${textsChannel}', piece) from unnest($1::text[]) with ordinality as p(piece, n) order by n`,
      [pieces],
    )
    waiting--
  }
  const claim = async (made: pg.Client): Promise<void> => {
    if (instance === undefined) return
    try {
      await made.query(keepAlive)
      await claimName(made, { instance, run, waitMs: held ? 0 : nameMs })
      held = true
      named.resolve()
    } catch (thrown) {
      if (!(thrown instanceof LibralError)) throw thrown
      ending.abort()
      named.reject(thrown)
      if (held) nameLost?.()
    }
  }
  const listenOnce = async (connected: () => void): Promise<void> => {
    // The connection waits for hours, its few statements for nothing but a frozen server.
    const made = new pg.Client({
      ...clientConfig(settings),
      application_name: applicationOf(run),
      query_timeout: settings.statementMs,
    })
    const lost = new Promise<void>((resolve) => {
      made.on('error', () => resolve())
      made.on('end', () => resolve())
    })
    const end = (): void => void made.end().catch(() => undefined)
    ending.signal.addEventListener('abort', end)
    made.on('notification', ({ channel: where, payload = '' }) =>
      where === channel ? hear(Number(payload)) : hearPiece(payload),
    )
    try {
      // A connection that is ended while it is being made never says so of itself.
      await Promise.race([made.connect(), lost])
      await Promise.race([claim(made), lost])
      await Promise.race([made.query(`listen ${channel}; listen ${textsChannel}`), lost])
      client = made
      connected()
      await lost
    } finally {
      client = undefined
      ending.signal.removeEventListener('abort', end)
      end()
    }
  }
  const keep = async (): Promise<void> => {
    for (
      let pauseMs: number = backOff.firstMs;
      !ending.signal.aborted;
      pauseMs = Math.min(backOff.mostMs, pauseMs * 2)
    ) {
      await listenOnce(() => {
        pauseMs = backOff.firstMs
      }).catch(() => undefined)
      if (!ending.signal.aborted) await pause(pauseMs, undefined, { ref: false, signal: ending.signal })
    }
  }
  const kept = keep().catch(() => undefined)
  /** One at a time: what grew meanwhile goes with the next. */
  const tell = async (): Promise<void> => {
    if (telling) return
    telling = true
    for (let told = -1; client && told !== newest; ) {
      told = newest
      await inTurn(`notify ${channel}, '${told}'`)
    }
    telling = false
  }
  return {
    named: named.promise,
    publish: (size) => {
      newest = size
      void tell()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    messages: {
      publish: (text) => void say(text),
      subscribe: (reader) => {
        readers.add(reader)
        return () => readers.delete(reader)
      },
    },
    close: async () => {
      ending.abort()
      await kept
    },
  }
}
