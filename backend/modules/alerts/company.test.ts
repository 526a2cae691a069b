import { describe, expect, it, vi } from 'vitest'
import type { RuleRow } from '#protocol/alerts.ts'
import type { TelemetryBucket } from '../../storage/port.ts'
import { joinCompany } from './company.ts'
import { createPresence } from './presence.ts'

/** Signs of life in memory, as the store keeps them. */
const makeStore = () => {
  const lines = new Map<string, TelemetryBucket>()
  return {
    put: async (buckets: readonly TelemetryBucket[]) => {
      for (const bucket of buckets) lines.set(bucket.instance, bucket)
    },
    range: async () => [...lines.values()],
  }
}
const running = new Map(['east', 'west', 'gone'].map((name) => [name, { state: 'running' as const }]))
const silence = { condition: { kind: 'silence', forSeconds: 15 } } as RuleRow
const threshold = { condition: { kind: 'threshold' } } as RuleRow
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('instances on one store', () => {
  it('each judge themselves, and one of them the silence of the rest', async () => {
    const store = makeStore()
    let now = 1_000
    const join = (name: string) =>
      joinCompany(
        name,
        running,
        createPresence(store, name, () => now),
      )
    const west = await join('west')
    const east = await join('east')
    // West has seen east's sign of life as soon as it looks again.
    west.leave()
    const westAgain = await join('west')
    const told = vi.fn(async () => undefined)
    westAgain.onDuty(told)
    for (const company of [east, westAgain]) company.judges(now)
    await turn()
    const byEast = east.judges(now)
    const byWest = westAgain.judges(now)
    expect(byEast?.(threshold, 'east')).toBe(true)
    expect(byEast?.(threshold, 'west')).toBe(false)
    expect(byEast?.(silence, 'west')).toBe(true)
    expect(byWest?.(silence, 'east')).toBe(false)
    expect(byWest?.(threshold, 'west')).toBe(true)
    expect(byEast?.(undefined, 'stopped')).toBe(true)
    expect(told).not.toHaveBeenCalled()
    // East falls silent: west takes over, but not before it knows what fires there.
    now += 10_000
    expect(westAgain.judges(now)?.(silence, 'east')).toBe(false)
    await turn()
    expect(told).toHaveBeenCalledOnce()
    expect(westAgain.judges(now)?.(silence, 'east')).toBe(true)
    for (const company of [east, westAgain]) company.leave()
  })

  it('is no company where there is one', async () => {
    const sole = await joinCompany('core', running, undefined)
    expect(sole.judges(0)).toBeUndefined()
    expect(sole.heard().size).toBe(0)
  })
})
