import type { Instant } from '#protocol/ids.ts'
import type { ProviderName } from '#protocol/payments.ts'
import { changesLooked, lookedKey, lookedThrough, recordLooked } from '#protocol/payments-changes.ts'
import { dayText } from '#protocol/payments-day.ts'
import { days } from '#protocol/payments-records.ts'
import {
  accept,
  defineHandler,
  defineProjection,
  happened,
  type Job,
  type ModuleContext,
  ref,
  refuse,
} from '../../kernel/module.ts'
import type { Connections } from './connections.ts'
import {
  firstFrom,
  isLeast,
  isWorthKeeping,
  type Looking,
  lookedInVain,
  lookedOn,
  lookFrom,
  restMs,
  stretchOf,
} from './looking.ts'
import type { NotDone } from './provider.ts'
import { telling } from './tell.ts'

/** What no message told of is looked for in the provider's own list of changes (docs/decisions/0120). */

export const changeHandlers = [
  defineHandler({
    command: recordLooked,
    reads: ({ provider, account }) => [ref(lookedThrough, lookedKey(provider, account))],
    decide: (params, _meta, state) => {
      const row = state.get(lookedThrough, lookedKey(params.provider, params.account))
      if (row && row.until >= params.until) return refuse('payments.nothing-new')
      return accept(happened(changesLooked, params))
    },
  }),
]
export const changeProjections = [
  defineProjection({
    on: changesLooked,
    into: lookedThrough,
    reads: () => [],
    project: (data, { at }) => {
      const key = lookedKey(data.provider, data.account)
      return [{ key, row: { ...data, key, at } }]
    },
  }),
]

export const lookEveryMs = 5 * 60_000
export const recentEveryMs = 30 * 60_000
/** Of one turn; what is left waits for the next. */
const mostLooks = 12
/** Ends well before the job's lease does. */
const turnMs = 100_000

interface Held {
  readonly account: string
  looking: Looking
  kept: Instant | null
}

export interface LookerDeps {
  readonly context: Pick<ModuleContext, 'read' | 'submit' | 'now' | 'log'>
  readonly name: ProviderName
  readonly connections: Pick<Connections, 'get'>
  readonly everyMs: number
}

/** After a failure nothing is asked for a while. */
const createRest = (everyMs: number, now: () => Instant) => {
  let failures = 0
  let rest = { from: 0, until: 0 }
  return {
    // A clock that is set back meanwhile keeps nobody waiting.
    lasts: (): boolean => now() >= rest.from && now() < rest.until,
    begin: (answer: NotDone): void => {
      failures++
      const asked = answer.is === 'busy' ? answer.retryAfterMs : null
      rest = { from: now(), until: now() + restMs(failures, everyMs, asked) }
    },
    end: (): void => {
      failures = 0
    },
  }
}

/** What is in memory alone is derived anew by whoever goes on: it costs a few questions, and a message counts once. */
export const lookForChanges = ({ context, name, connections, everyMs }: LookerDeps): Job => {
  const tell = telling(context)
  let held: Held | undefined
  const rest = createRest(everyMs, context.now)

  const begin = async (account: string): Promise<Held | undefined> => {
    const row = await context.read.get(lookedThrough, lookedKey(name, account))
    if (row) return { account, looking: lookFrom(row.until, row.until), kept: row.until }
    const sold = (await context.read.list(days)).filter(({ provider }) => provider === name).map(({ day }) => day)
    if (sold.length === 0) return undefined
    const first = Date.parse(`${dayText(Math.min(...sold))}T00:00:00+09:00`)
    return { account, looking: lookFrom(null, firstFrom(first, context.now())), kept: null }
  }
  const keep = async (mine: Held): Promise<void> => {
    const { settled } = mine.looking
    if (!isWorthKeeping(settled, mine.kept)) return
    await tell(recordLooked, { provider: name, account: mine.account, until: settled })
    mine.kept = settled
  }
  const failed = (mine: Held, answer: NotDone): void => {
    if (answer.is === 'refused') mine.looking = lookedInVain(mine.looking)
    rest.begin(answer)
    context.log.warn('payments.changes-not-read', { provider: name, code: answer.code })
  }

  return {
    name: `changes-${name}`,
    everyMs,
    run: async ({ signal }) => {
      const connection = connections.get(name)
      const changes = connection?.adapter.changes
      if (!changes || rest.lasts()) return
      if (held?.account !== changes.account) held = await begin(changes.account)
      const mine = held
      if (!mine) return
      const turn = AbortSignal.any([signal, connection.ended, AbortSignal.timeout(turnMs)])
      for (let look = 0; look < mostLooks && !turn.aborted; look++) {
        const asked = { ...stretchOf(mine.looking), whole: isLeast(mine.looking) }
        const answer = await changes.look(asked, { signal: turn }).catch((thrown: unknown) => {
          if (turn.aborted) return undefined
          throw thrown
        })
        if (!answer) return
        if (answer.is !== 'changes') return failed(mine, answer)
        // Durable before anything is settled.
        for (const message of answer.messages) await connection.host.deliver(message)
        rest.end()
        if (answer.more && asked.whole) context.log.warn('payments.changes-too-many', { provider: name })
        const { next, done } = lookedOn(mine.looking, answer)
        mine.looking = next
        await keep(mine)
        if (done) return
      }
    },
  }
}

/** What a closing finds a day later is found within hours: nothing is kept, as the closing misses nothing. */
export const lookAtRecent = ({ context, name, connections, everyMs }: LookerDeps): Job => {
  const rest = createRest(everyMs, context.now)
  return {
    name: `recent-${name}`,
    everyMs,
    run: async ({ signal }) => {
      const connection = connections.get(name)
      if (!connection?.adapter.recent || rest.lasts()) return
      // Where nothing was sold nothing is given back.
      if (!(await context.read.list(days)).some(({ provider }) => provider === name)) return
      const turn = AbortSignal.any([signal, connection.ended, AbortSignal.timeout(turnMs)])
      const answer = await connection.adapter.recent({ signal: turn }).catch((thrown: unknown) => {
        if (turn.aborted) return undefined
        throw thrown
      })
      if (!answer) return
      if (answer.is !== 'recent') {
        rest.begin(answer)
        context.log.warn('payments.recent-not-read', { provider: name, code: answer.code })
        return
      }
      for (const message of answer.messages) await connection.host.deliver(message)
      rest.end()
    },
  }
}
