import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Cursor } from '#protocol/cursor.ts'
import { closeCodes, type FeedFrame, feedLimits } from '#protocol/feed.ts'
import type { FeedDeps, FeedState } from './feed-rights.ts'
import type { Principal } from './kernel.ts'
import type { Subscriber } from './subscriber.ts'

type Answer = Extract<FeedFrame, { t: 'opened' }>['collections'][string]

/**
 * Answers each cursor with resume or snapshot and lets the subscriber in, in one synchronous step.
 *
 * @param oldest changes above this log size are there
 * @param whole only who needs no snapshot is let in
 * @returns false for who was not let in, and has not been told anything
 */
export const openSubscription = (
  subscriber: Subscriber,
  { oldest, whole }: { readonly oldest: number; readonly whole: boolean },
  state: FeedState,
  deps: FeedDeps,
): boolean => {
  const principal = deps.principal(subscriber.opening.principal)
  if (!principal) {
    subscriber.close(closeCodes.sessionEnded, 'session ended')
    return true
  }
  const size = state.flushed
  const collections: Record<string, Answer> = {}
  for (const [name, cursor] of Object.entries(subscriber.opening.cursors)) {
    const answer = answerTo(name, cursor, { principal, oldest, size }, deps)
    if (whole && answer.mode === 'snapshot') return false
    collections[name] = answer
  }
  let position = size
  for (const [name, { mode }] of Object.entries(collections)) {
    const cursor = subscriber.opening.cursors[name]
    if (mode === 'snapshot') subscriber.follow(name, size)
    if (mode === 'resume' && cursor) {
      subscriber.follow(name, cursor.offset)
      position = Math.min(position, cursor.offset)
    }
  }
  subscriber.telemetry &&= deps.mayRead(principal, 'telemetry.read')
  subscriber.position = position
  subscriber.live = position === size
  state.subscribers.add(subscriber)
  subscriber.tell({ t: 'opened', size, now: deps.now(), collections })
  return true
}

interface Standing {
  readonly principal: Principal
  readonly oldest: number
  readonly size: number
}

const answerTo = (
  name: string,
  cursor: Cursor | null,
  { principal, oldest, size }: Standing,
  deps: FeedDeps,
): Answer => {
  const collection: CollectionDefinition | undefined = deps.registry.collections.get(name)
  const epoch = deps.served.epochOf(name)
  if (!collection) return { mode: 'unknown' }
  if (!deps.mayRead(principal, collection.read)) return { mode: 'denied' }
  // Being filled for this build's version: a `reset` follows when it can be read.
  if (epoch === undefined) return { mode: 'unknown' }
  const fits = cursor?.epoch === epoch && cursor.offset >= oldest && cursor.offset <= size
  return fits ? { mode: 'resume' } : { mode: 'snapshot', epoch, offset: size, version: collection.version }
}

/**
 * One page of a collection as it stands. No change is sent from before the read until the page is: its rows may be newer
 * than what the client has, never older, and applying the changes up to `settled` on top makes the whole consistent,
 * since each change carries the whole row. The caller lets the subscriber catch up afterwards.
 */
export const sendPage = async (
  subscriber: Subscriber,
  name: string,
  after: string | null,
  { storage, served }: FeedDeps,
): Promise<void> => {
  const epoch = served.epochOf(name)
  if (epoch === undefined || !subscriber.from.has(name)) return
  if (after === null) subscriber.restarted.delete(name)
  if (subscriber.restarted.has(name)) return
  subscriber.live = false
  const rows = await storage.rows.page(name, epoch, after, feedLimits.pageRows)
  const texts: string[] = []
  let bytes = 0
  for (const { key, value } of rows) {
    if (bytes > feedLimits.frameBytes) break
    const text = JSON.stringify([key, value])
    texts.push(text)
    bytes += Buffer.byteLength(text)
  }
  const more = texts.length < rows.length || rows.length === feedLimits.pageRows
  const next = more ? (rows[texts.length - 1]?.key ?? null) : null
  const settled = next === null ? (await storage.head()).size : null
  if (!subscriber.from.has(name) || served.epochOf(name) !== epoch || subscriber.restarted.has(name)) return
  const tail = `"next":${JSON.stringify(next)},"settled":${settled}}`
  subscriber.send(
    `{"t":"page","collection":${JSON.stringify(name)},"epoch":${epoch},"rows":[${texts.join(',')}],${tail}`,
  )
}
