import { closeCodes } from '#protocol/feed.ts'
import type { Instant } from '#protocol/ids.ts'
import type { Permission } from '#protocol/permission.ts'
import type { Storage } from '../storage/port.ts'
import type { FeedReads } from './feed-reads.ts'
import type { RecentChanges } from './feed-recent.ts'
import type { Figures } from './figures.ts'
import type { Principal } from './kernel.ts'
import type { Registry } from './registry.ts'
import type { Served } from './served.ts'
import type { Subscriber } from './subscriber.ts'

export interface FeedDeps {
  readonly storage: Storage
  readonly registry: Registry
  readonly served: Served
  readonly now: () => Instant
  readonly figures: Figures
  /** The principal as it stands now; undefined once the session is over. */
  readonly principal: (principal: Principal) => Principal | undefined
  readonly mayRead: (principal: Principal, permission: Permission) => boolean
  readonly failed: (event: string, thrown: unknown) => void
  /** See options.ts. */
  readonly recentBytes?: number | undefined
  /** Brings memory up to what other instances committed. */
  readonly latest: () => Promise<void>
}

/** What subscribers have been sent, and what waits to be. */
export interface FeedState {
  /** Log size up to which live subscribers have everything. */
  flushed: number
  readonly subscribers: Set<Subscriber>
  readonly reads: FeedReads
  /** The last of what was sent. */
  readonly recent: RecentChanges
}

/** The principal of a subscriber as it stands now; one whose session is over is closed. */
export const endFallen = (subscriber: Subscriber, deps: FeedDeps): Principal | undefined => {
  const principal = deps.principal(subscriber.opening.principal)
  if (!principal) subscriber.close(closeCodes.sessionEnded, 'session ended')
  return principal
}

/** Judges anew what a subscriber may read, after sessions, roles or policies changed. */
export const recheck = (subscriber: Subscriber, deps: FeedDeps): void => {
  const principal = endFallen(subscriber, deps)
  if (!principal) return
  subscriber.telemetry = subscriber.opening.telemetry && deps.mayRead(principal, 'telemetry.read')
  for (const name of subscriber.asked) {
    const collection = deps.registry.collections.get(name)
    if (!collection) continue
    const may = deps.mayRead(principal, collection.read)
    if (!may && subscriber.from.has(name)) deny(subscriber, name, deps)
    if (may && !subscriber.from.has(name)) restart(subscriber, name, subscriber.position, deps)
  }
}

const deny = (subscriber: Subscriber, name: string, { registry, served }: FeedDeps): void => {
  subscriber.leave(name)
  const epoch = served.epochOf(name) ?? 1
  const version = registry.collections.get(name)?.version ?? 1
  subscriber.tell({ t: 'reset', collection: name, mode: 'denied', epoch, offset: subscriber.position, version })
}

/** Tells a subscriber that wants and may read it to drop what it has and begin with a snapshot. */
export const restart = (subscriber: Subscriber, name: string, offset: number, deps: FeedDeps): void => {
  const collection = deps.registry.collections.get(name)
  const epoch = deps.served.epochOf(name)
  const principal = deps.principal(subscriber.opening.principal)
  if (!collection || epoch === undefined || !principal || !subscriber.asked.has(name)) return
  if (!deps.mayRead(principal, collection.read)) return
  subscriber.follow(name, offset)
  subscriber.restarted.add(name)
  const { version } = collection
  subscriber.tell({ t: 'reset', collection: name, mode: 'snapshot', epoch, offset, version })
}
