import { z } from 'zod'
import type { FeedFrame } from '#protocol/feed.ts'
import { type Inventory, inventorySchema, sampleSchema } from '#protocol/telemetry.ts'
import type { Messages } from '../../../storage/port.ts'

export type TelemetryFrame = Extract<FeedFrame, { t: 'sample' | 'inventory' }>

/** Carries figures between instances; what it loses is a gap in a chart. */
export interface TelemetryRelay {
  /** Never throws and never waits. */
  publish(frame: TelemetryFrame): void
  /** Frames of other instances as they were sent, unchecked. Answers the disposer. */
  subscribe(listener: (frame: unknown, now: () => number) => void, now: () => number): () => void
}

/** Over the store's own messages: seldom enough, one text a second from each instance, not to burden it. */
export const relayOver = (messages: Messages): TelemetryRelay => ({
  publish: (frame) => messages.publish(JSON.stringify(frame)),
  subscribe: (listener, now) => messages.subscribe((text) => listener(parse(text), now)),
})

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const frameSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('sample'), sample: sampleSchema, dropped: z.int() }),
  z.strictObject({ t: z.literal('inventory'), inventory: inventorySchema }),
])

/** An instance that has told nothing for so long is not listed, ms. */
const forgetMs = 30_000
/** Instances of a deployment; an instance of another name each second would be a fault. */
const most = 64

/** What other instances tell: passed on to this one's subscribers, the latest inventory of each kept. */
export const createOthersFigures = (own: string, tell: (frame: TelemetryFrame) => void) => {
  const latest = new Map<string, { readonly inventory: Inventory; readonly at: number }>()
  return {
    hear: (found: unknown, now: () => number): void => {
      const parsed = frameSchema.safeParse(found)
      if (!parsed.success) return
      const frame = parsed.data
      const instance = frame.t === 'sample' ? frame.sample.instance : frame.inventory.instance
      if (instance === own) return
      if (frame.t === 'inventory' && (latest.has(instance) || latest.size < most)) {
        latest.set(instance, { inventory: frame.inventory, at: now() })
      }
      tell(frame)
    },
    inventories: (now: number): readonly Inventory[] => {
      for (const [instance, { at }] of latest) if (at < now - forgetMs) latest.delete(instance)
      return [...latest.values()].map(({ inventory }) => inventory)
    },
  }
}
