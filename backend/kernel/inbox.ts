import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { InboxArrival, InboxItem, InboxPut, InboxStore, SettledInboxItem } from '../storage/port.ts'
import { readOn, type SourceReader } from './inbox-reader.ts'
import type { InboxReader, InboxVerdict } from './module.ts'
import type { KernelLog } from './module-context.ts'
import { inBatches } from './together.ts'
import { traceOf } from './trace.ts'

export const inboxLimits = {
  /** Items of one source that wait. */
  items: 100_000,
  bodyBytes: 256 * 1024,
  headers: 32,
  /** Of one source, a second, with bursts of twice that. */
  perSecond: 2_000,
  keepMs: 30 * 86_400_000,
  leaseMs: 60_000,
  /** Given to an adapter at once. */
  claimed: 64,
  /** Kept in one transaction. */
  together: 256,
  /** Between two looks at what others left, and between two counts of what waits. */
  idleMs: 1_000,
} as const

/**
 * Ours, beside the sender's headers: how many bytes came where the body is only the beginning of them. Headers that begin
 * with `libral-` are never a sender's.
 */
export const oversizedHeader = 'libral-oversized'

export interface InboxDeps {
  readonly store: InboxStore
  readonly owner: string
  readonly now: () => Instant
  readonly depth: (depth: number) => void
  readonly log: KernelLog
}

export interface Inbox {
  /**
   * Takes unauthenticated input: durable when it resolves; false when this id is here already.
   * @throws LibralError `input.too-large`, `link.overloaded` (rate), `inbox.full`
   */
  receive(item: Omit<InboxItem, 'receivedAt'>): Promise<boolean>
  /** Gives the waiting items of a source to its adapter, each until it is settled. Answers how many were settled. */
  process(source: string, judge: (item: InboxItem) => Promise<InboxVerdict>): Promise<number>
  readonly look: InboxStore['look']
  readonly get: InboxStore['get']
  /** Its adapter is given it once more, soon. */
  readonly again: InboxStore['again']
  /** These sources are read as their items come, until the disposer is called. */
  attach(readers: readonly InboxReader[]): () => void
  /** Deletes what is older than 30 days. */
  sweep(): Promise<number>
}

export const createInbox = (deps: InboxDeps): Inbox => {
  const { store, now } = deps
  const admit = createRate(now)
  const readers = new Map<string, SourceReader>()
  const tellDepth = atMostEvery(inboxLimits.idleMs, async () => deps.depth(await store.depth()))
  /** What its reader has room for goes straight into its hands: claimed as it is kept, and not read again. */
  const keep = inBatches({ most: inboxLimits.together }, async (items: readonly InboxItem[]) => {
    const until = now() + inboxLimits.leaseMs
    const coming = [...Map.groupBy(items, ({ source }) => source)].map(([source, theirs]) => {
      const reader = readers.get(source)
      const held = new Set(theirs.slice(0, reader?.reserve(theirs.length) ?? 0))
      return { reader, theirs, held }
    })
    const taken = new Set<InboxItem>(coming.flatMap(({ held }) => [...held]))
    const arrivals = items.map(
      (item): InboxArrival => (taken.has(item) ? { ...item, held: { owner: deps.owner, until } } : item),
    )
    let puts: readonly InboxPut[] = []
    try {
      puts = await store.put(arrivals, inboxLimits.items)
    } finally {
      const kept = new Set(items.filter((_, nth) => puts[nth] === 'kept'))
      for (const { reader, theirs, held } of coming) {
        reader?.take(
          [...held].filter((item) => kept.has(item)),
          held.size,
        )
        if (held.size < theirs.length) reader?.kick()
      }
    }
    tellDepth()
    return puts
  })
  const process: Inbox['process'] = async (source, judge) => {
    const until = now() + inboxLimits.leaseMs
    const items = await store.claim(source, deps.owner, now(), until, inboxLimits.claimed)
    const verdicts = await Promise.all(items.map((item) => judgeOne(item, judge, deps)))
    const settled = verdicts.filter((verdict) => verdict !== undefined)
    const count = settled.length > 0 ? await store.settle(source, deps.owner, settled, now()) : 0
    tellDepth()
    return count
  }
  return {
    receive: async (item) => {
      assertBounds(item)
      if (!admit(item.source)) throw new LibralError('link.overloaded', { source: item.source })
      const put = await keep({ ...item, receivedAt: now() })
      if (put === 'full') throw new LibralError('inbox.full', { source: item.source, bound: inboxLimits.items })
      return put === 'kept'
    },
    process,
    look: store.look,
    get: store.get,
    again: async (source, id) => {
      const found = await store.again(source, id)
      if (found) readers.get(source)?.kick()
      return found
    },
    attach: (attached) => {
      const stops = attached.map((reader) => {
        const { source } = reader
        const reading = readOn({
          ...{ room: inboxLimits.claimed, idleMs: inboxLimits.idleMs, ready: reader.ready ?? (() => true) },
          claim: (room) => store.claim(source, deps.owner, now(), now() + inboxLimits.leaseMs, room),
          judge: (item) => judgeOne(item, reader.judge, deps),
          settle: async (settled) => {
            await store.settle(source, deps.owner, settled, now())
            tellDepth()
          },
          failed: (thrown) => deps.log.error('inbox.failed', { source, ...traceOf(thrown) }),
        })
        readers.set(source, reading)
        reading.kick()
        return () => {
          if (readers.get(source) === reading) readers.delete(source)
          reading.stop()
        }
      })
      return () => {
        for (const stop of stops) stop()
      }
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
  judge: InboxReader['judge'],
  { log }: InboxDeps,
): Promise<SettledInboxItem | undefined> => {
  try {
    return { id: item.id, ...(await judge(item)) }
  } catch (thrown) {
    // Its lease runs out, then it is given out again.
    log.warn('inbox.later', { source: item.source, id: item.id, ...traceOf(thrown) })
    return undefined
  }
}

/** Counting what waits reads an index: not for each item. */
const atMostEvery = (ms: number, work: () => Promise<void>): (() => void) => {
  let at = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() < at + ms) return
    at = performance.now()
    work().catch(() => undefined)
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
