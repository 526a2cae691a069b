import type { Instant } from '#protocol/ids.ts'
import type { TelemetryStore } from '../../storage/port.ts'

/** Signs of life that instances on one store leave for each other. */
export interface Presence {
  /** Leaves one. */
  beat(): Promise<void>
  /** When each instance left its last one. */
  heard(): Promise<ReadonlyMap<string, Instant>>
}

/** One line for each instance, written over again and again: at a resolution that nothing else keeps. */
const line = { resolution: 1, at: 0 } as const
const aliveMetric = 'telemetry.alive'

export const createPresence = (
  store: Pick<TelemetryStore, 'put' | 'range'>,
  instance: string,
  now: () => Instant,
): Presence => ({
  beat: async () => {
    const at = now()
    await store.put([{ ...line, instance, values: [[aliveMetric, at, at, at, 1]] }])
  },
  heard: async () => {
    const lines = await store.range(line.resolution, null, line.at, line.at + 1)
    return new Map(lines.map((found) => [found.instance, found.values[0]?.[1] ?? 0]))
  },
})
