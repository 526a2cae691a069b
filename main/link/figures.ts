import { z } from 'zod'
import { type Inventory, inventorySchema, type Sample, sampleSchema } from '#protocol/telemetry.ts'
import type { Desk } from './desk.ts'
import type { KeptFigures } from './kept-figures.ts'

const keepMs = 10 * 60_000
const keepSamples = 4_000
/** An instance that has told nothing for so long is listed no more. */
const inventoryKeptMs = 60_000

const frameSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('sample'), sample: sampleSchema, dropped: z.int().min(0) }),
  z.strictObject({ t: z.literal('inventory'), inventory: inventorySchema }),
])

/** The last ten minutes of telemetry, and its newest part for the next start. */
export interface Figures extends Omit<Desk['telemetry'], 'range'> {
  /** Takes a frame of telemetry; false where it can't be read. */
  receive(text: string): boolean
  newest(): Omit<KeptFigures, 'deployment'>
  listeners(): number
  close(): void
}

export const createFigures = (kept: Omit<KeptFigures, 'deployment'>): Figures => {
  let samples: Sample[] = kept.sample === null ? [] : [kept.sample]
  /** The newest of each instance, the last to tell at the end. */
  let inventories: readonly Inventory[] = kept.inventory === null ? [] : [kept.inventory]
  const onSample = new Set<(sample: Sample) => void>()
  const onInventory = new Set<(inventory: Inventory) => void>()

  const trim = (newest: number): void => {
    const first = samples.findIndex(({ at }) => at > newest - keepMs)
    if (first > 0) samples = samples.slice(first)
    if (samples.length > keepSamples) samples = samples.slice(-keepSamples)
  }

  const subscribe = <T>(listeners: Set<T>, listener: T): (() => void) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  return {
    receive: (text) => {
      const parsed = frameSchema.safeParse(jsonOf(text))
      if (!parsed.success) return false
      if (parsed.data.t === 'inventory') {
        const { inventory } = parsed.data
        const others = inventories.filter(
          ({ instance, at }) => instance !== inventory.instance && at > inventory.at - inventoryKeptMs,
        )
        inventories = [...others, inventory]
        for (const listener of [...onInventory]) listener(inventory)
        return true
      }
      const { sample } = parsed.data
      samples.push(sample)
      trim(sample.at)
      for (const listener of [...onSample]) listener(sample)
      return true
    },
    newest: () => ({ sample: samples.at(-1) ?? null, inventory: inventories.at(-1) ?? null }),
    recent: () => samples,
    inventories: () => inventories,
    onSample: (listener) => subscribe(onSample, listener),
    onInventory: (listener) => subscribe(onInventory, listener),
    listeners: () => onSample.size + onInventory.size,
    close: () => {
      onSample.clear()
      onInventory.clear()
    },
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
