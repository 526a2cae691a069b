import { describe, expect, test } from 'vitest'
import type { TelemetryBucket } from '../port.ts'
import type { Open } from './harness.ts'

const bucket = (at: number, instance = 'one', value = 0.1 + 0.2): TelemetryBucket => ({
  resolution: 1000,
  instance,
  at,
  values: [
    ['host.cpu.total', value, value * 3, -1e-9, 3],
    ['host.memory.used', 8_589_934_592, 0, 0, 1],
  ],
})

export const telemetryContract = (open: Open): void => {
  describe('telemetry', () => {
    test('buckets come back exactly, in order of time, from ≤ at < to', async () => {
      const { telemetry } = await open()
      await telemetry.put([bucket(3000), bucket(1000), bucket(2000, 'two'), bucket(2000)])
      await telemetry.put([])
      expect(await telemetry.range(1000, null, 1000, 3000)).toEqual([bucket(1000), bucket(2000), bucket(2000, 'two')])
      expect(await telemetry.range(1000, 'two', 0, 9999)).toEqual([bucket(2000, 'two')])
      expect(await telemetry.range(60_000, null, 0, 9999)).toEqual([])
    })

    test('a bucket written again replaces the first, in one batch too', async () => {
      const { telemetry } = await open()
      await telemetry.put([bucket(1000, 'one', 1), bucket(1000, 'one', 2)])
      expect(await telemetry.range(1000, null, 0, 9999)).toEqual([bucket(1000, 'one', 2)])
      await telemetry.put([bucket(1000, 'one', 3)])
      expect(await telemetry.range(1000, null, 0, 9999)).toEqual([bucket(1000, 'one', 3)])
    })

    test('the sweep takes one resolution up to a time', async () => {
      const { telemetry } = await open()
      await telemetry.put(Array.from({ length: 5000 }, (_, n) => bucket(n)))
      await telemetry.put([{ ...bucket(1), resolution: 60_000 }])
      expect(await telemetry.sweep(1000, 4990)).toBe(4990)
      expect(await telemetry.range(1000, null, 0, 9999)).toHaveLength(10)
      expect(await telemetry.range(60_000, null, 0, 9999)).toHaveLength(1)
    })
  })
}
