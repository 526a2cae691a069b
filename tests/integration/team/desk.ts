import { setTimeout as pause } from 'node:timers/promises'
import type { FeedSource, Principal } from '#backend/kernel/kernel.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { type ErrorCode, errorCatalogue } from '#protocol/errors.ts'
import { leaveHandover } from '#protocol/events.ts'
import { openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed } from '#tests/fixtures/client/rpc-client.ts'
import { newCommandId, resumeJoined, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { createModelClient, type ModelClient } from '../kernel/model-client.ts'

export const watched = 'events.handovers'
/** A desktop's patience with one call. */
const patienceMs = 3_000

/** Everything that all desks of a run acknowledged, and what no desk should ever have got. */
export interface Ledger {
  readonly acknowledged: Map<string, number>
  readonly wrong: string[]
}

/** A desktop over real sockets: one instance at a time, the next one when that fails; its commands until acknowledged. */
export interface Desk {
  readonly model: ModelClient
  /** Of the instance that it is live on; undefined while it is on none. */
  readonly at: () => string | undefined
  /** When it last became live, of performance.now(). */
  readonly since: () => number
  /** Ends the flow of commands when the present one is acknowledged. */
  calm(): Promise<void>
  leave(): Promise<void>
}

const inTime = <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => undefined)
  const late = new AbortController()
  const tooLate = pause(patienceMs, undefined, { signal: late.signal }).then(() => {
    throw Object.assign(new Error('too late'), { code: 'link.time-out' })
  })
  tooLate.catch(() => undefined)
  return Promise.race([work, tooLate]).finally(() => late.abort())
}

const retryable = (thrown: unknown): boolean => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'link.offline'
  return !Object.hasOwn(errorCatalogue, code) || errorCatalogue[code as ErrorCode].retry
}

export const startDesk = async (
  nth: number,
  addresses: readonly string[],
  token: string,
  ledger: Ledger,
  random: () => number,
): Promise<Desk> => {
  let home = nth % addresses.length
  const addressNow = () => addresses[home % addresses.length] as string
  const first = await signInAs(addressNow(), { method: 'token', secret: token }, `desk ${nth}`)
  const { signer, signedIn, sign } = first
  await first.close()
  let session: Session | undefined
  let liveAt = 0
  let ended = Promise.resolve()
  let leaving = false
  let flowing = true

  /** The feed comes with the session where it may, as a desktop's does; otherwise over a socket of its own. */
  const feed: Pick<FeedSource, 'open'> = {
    open: async (opening) => {
      const made = await inTime(resumeJoined(addressNow(), signer, { cursors: opening.cursors, telemetry: false }))
      session = made.session
      const gone = closed(made.session.socket)
      const { cursors } = opening
      const own = made.feed ?? (await inTime(openFeed(addressNow(), { ticket: made.ticket ?? '', cursors })))
      ended = Promise.race([gone, own.closed]).then(({ code, reason }) => opening.close(code, reason))
      own.each((frame) => opening.send(JSON.stringify(frame)))
      return {
        page: async (collection, after) => own.page(collection, after),
        end: () => own.socket.terminate(),
      }
    },
  }
  const model = createModelClient(feed, signedIn as unknown as Principal, [watched])

  const once = async (): Promise<void> => {
    try {
      await model.connect()
      liveAt = performance.now()
      await ended
    } finally {
      session?.socket.terminate()
      session = undefined
      model.disconnect()
    }
  }
  const stay = async (): Promise<void> => {
    while (!leaving) {
      await once().catch(() => undefined)
      home++
      if (!leaving) await pause(20 + random() * 80)
    }
  }
  const submit = async (command: SignedCommand): Promise<void> => {
    const { id } = command.statement
    while (!leaving) {
      const on = session
      if (!on) {
        await pause(10)
        continue
      }
      try {
        const { index } = await inTime(on.api.command.submit(command))
        const before = ledger.acknowledged.get(id)
        if (before !== undefined && before !== index) ledger.wrong.push(`${id} at ${before} and ${index}`)
        ledger.acknowledged.set(id, index)
        // Now and then the answer gets lost, and the command is sent again.
        if (random() >= 0.05) return
      } catch (thrown) {
        if (!retryable(thrown)) {
          ledger.wrong.push(`${String(thrown)}`)
          return
        }
        on.socket.terminate()
        await pause(20)
      }
    }
  }
  const flow = async (): Promise<void> => {
    for (let n = 0; flowing; n++) {
      await submit(sign(leaveHandover, { shift: '日勤', text: `${nth}-${n}` }, newCommandId()))
      await pause(random() * 10)
    }
  }
  const staying = stay()
  const running = flow()
  return {
    model,
    at: () => (session ? addressNow() : undefined),
    since: () => liveAt,
    calm: async () => {
      flowing = false
      await running
    },
    leave: async () => {
      leaving = true
      flowing = false
      session?.socket.close(1000)
      model.disconnect()
      await Promise.all([staying, running])
    },
  }
}
