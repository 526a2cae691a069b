import { describe, expect, it } from 'vitest'
import { metrics } from '#protocol/telemetry.ts'
import type { Fast } from './machine.ts'
import { createMachineValues, diskValues } from './machine-values.ts'
import { createRates } from './rates.ts'

const reading = (nth: number): Fast => ({
  cpu: [
    { busy: 50 * nth, total: 200 * nth },
    { busy: 40 * nth, total: 100 * nth },
    { busy: 10 * nth, total: 100 * nth },
  ],
  memory: { used: 25, total: 100, swapUsed: 3 },
  networks: [{ name: 'eth0', received: 1_000 * nth, sent: 10 * nth }],
  io: { read: 512 * nth, written: 0 },
})

describe('figures of the machine', () => {
  it('are differences of two readings', () => {
    const values = createMachineValues()
    expect(values.values(reading(1), 1_000)).not.toHaveProperty(metrics.diskRead)
    expect(values.values(reading(2), 3_000)).toMatchObject({
      [metrics.cpu]: 25,
      [metrics.cpuCore(0)]: 40,
      [metrics.cpuCore(1)]: 10,
      [metrics.memoryPercent]: 25,
      [metrics.networkReceived]: 500,
      [metrics.networkSent]: 5,
      [metrics.diskRead]: 256,
      [metrics.diskWrite]: 0,
    })
    expect(values.networks()).toEqual([{ name: 'eth0', received: 500, sent: 5 }])
  })

  it('say nothing twice of one reading', () => {
    const values = createMachineValues()
    const same = reading(1)
    values.values(same, 1_000)
    expect(values.values(same, 2_000)).toEqual({})
  })

  it('of disks name the fullest', () => {
    const disk = (mount: string, used: number) => ({ mount, type: 'ext4', used, size: 200 })
    expect(diskValues([disk('/', 50), disk('/srv', 190)])).toMatchObject({
      [metrics.diskPercent('/')]: 25,
      [metrics.diskMaxPercent]: 95,
    })
    expect(diskValues([])).toEqual({})
  })
})

describe('rates', () => {
  it('leave out counters that are new or went backwards', () => {
    const rates = createRates()
    expect(rates.per({ a: 1, b: 5 }, 1_000)).toEqual({})
    expect(rates.per({ a: 3, b: 4, c: 9 }, 2_000)).toEqual({ a: 2 })
    expect(rates.per({ a: 4 }, 2_000)).toEqual({})
    expect(rates.per({ a: 4, b: 6 }, 4_000)).toEqual({ a: 0.5, b: 1 })
  })
})
