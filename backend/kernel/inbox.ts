import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { InboxItem, InboxStore } from '../storage/port.ts'
import type { KernelLog } from './module-context.ts'
import { traceOf } from './trace.ts'

export const inboxLimits = {
  /** Items that wait, over all sources. */
  items: 100_000,
  bodyBytes: 256 * 1024,
  headers: 32,
  /** Of one source, a second, with bursts of twice that. */
  perSecond: 200,
  keepMs: 30 * 86_400_000,
  leaseMs: 60_000,
  claimed: 32,
} as const

export interface InboxDeps {
  readonly store: InboxStore
  readonly owner: string
  readonly now: () => Instant
  readonly depth: (depth: number) => void
  readonly log: KernelLog
}

/** What came of an item: a confirmed fact, or a refusal with its code. Throwing means "later". */
export type InboxVerdict = { readonly state: 'accepted' | 'refused'; readonly reason: string }

export interface Inbox {
  /**
   * Takes unauthenticated input: durable when it resolves; false when this id is here already.
   * @throws LibralError `input.too-large`, `link.overloaded` (rate), `inbox.full`
   */
  receive(item: Omit<InboxItem, 'receivedAt'>): Promise<boolean>
  /** Gives the waiting items of a source to its adapter, each until it is settled. Answers how many were settled. */
  process(source: string, judge: (item: InboxItem) => Promise<InboxVerdict>): Promise<number>
  /** Deletes what is older than 30 days. */
  sweep(): Promise<number>
}

export const createInbox = (deps: InboxDeps): Inbox => {
  const { store, owner, now } = deps
  const admit = createRate(now)
  return {
    receive: async (item) => {
      assertBounds(item)
      if (!admit(item.source)) throw new LibralError('link.overloaded', { source: item.source })
      const fresh = await store.put({ ...item, receivedAt: now() }, inboxLimits.items)
      deps.depth(await store.depth())
      return fresh
    },
    process: async (source, judge) => {
      let settled = 0
      const items = await store.claim(source, owner, now(), now() + inboxLimits.leaseMs, inboxLimits.claimed)
      for (const item of items) if (await judgeOne(item, judge, deps)) settled++
      deps.depth(await store.depth())
      return settled
    },
    sweep: () => store.sweep(now() - inboxLimits.keepMs),
  }
}

const assertBounds = ({ body, headers }: Omit<InboxItem, 'receivedAt'>): void => {
  if (body.byteLength > inboxLimits.bodyBytes) {
    throw new LibralError('input.too-large', { bytes: body.byteLength, limit: inboxLimits.bodyBytes })
  }
  const count = Object.keys(headers).length
  if (count > inboxLimits.headers) throw new LibralError('input.too-large', { headers: count })
}

const judgeOne = async (
  item: InboxItem,
  judge: (item: InboxItem) => Promise<InboxVerdict>,
  { store, owner, log }: InboxDeps,
): Promise<boolean> => {
  try {
    const { state, reason } = await judge(item)
    return await store.settle(item.source, item.id, owner, state, reason)
  } catch (thrown) {
    // Its lease runs out, then it is given out again.
    log.warn('inbox.later', { source: item.source, id: item.id, ...traceOf(thrown) })
    return false
  }
}

/** A token bucket for each source. Sources are the adapters' own names, so there are few. */
const createRate = (now: () => Instant): ((source: string) => boolean) => {
  const buckets = new Map<string, { tokens: number; at: Instant }>()
  const burst = inboxLimits.perSecond * 2
  return (source) => {
    const at = now()
    const bucket = buckets.get(source) ?? { tokens: burst, at }
    const gained = (Math.max(0, at - bucket.at) / 1000) * inboxLimits.perSecond
    const tokens = Math.min(burst, bucket.tokens + gained)
    buckets.set(source, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens >= 1
  }
}
