import { beforeEach, describe, expect, it, vi } from 'vitest'
import { inventorySchema, metrics, type Sample, sampleSchema } from '#protocol/telemetry.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { TelemetryBucket } from '../../../storage/port.ts'
import { createTelemetry, type Telemetry } from './index.ts'
import type { Fast, Machine } from './machine.ts'

const start = 1_800_000_000_000
const never = () => new Promise<never>(() => undefined)

let reads: number
let written: TelemetryBucket[]
let frames: { readonly t: string; readonly [part: string]: unknown }[]
let samples: Sample[]
let crashes: unknown[]
let warned: string[]

const fast = async (): Promise<Fast> => {
  reads += 1
  return {
    cpu: [{ busy: 25 * reads, total: 100 * reads }],
    memory: { used: 1, total: 4, swapUsed: 0 },
    networks: [],
    io: undefined,
  }
}
const machine = (over: Partial<Machine> = {}): Machine => ({
  fast,
  disks: async () => [{ mount: '/', type: 'ext4', used: 1, size: 2 }],
  processes: async () => ({ total: 40, rows: [{ pid: 1, name: 'init', cpu: 0.123, memory: 5 }] }),
  containers: async () => ({ available: false, rows: [] }),
  osName: async () => 'Debian',
  ...over,
})
const kernel = {
  figures: () => ({
    ...{ logSize: 7, commands: 0, refusals: 0, commitMs: [1, 2, 30], batchSizes: [2, 4], feedLagMs: [] },
    ...{ telemetryDropped: 0, outboxDepth: 1, inboxDepth: 0 },
  }),
  feed: { publish: (frame: (typeof frames)[number]) => frames.push(frame) },
} as unknown as Kernel

const made = (of: Machine = machine()): Telemetry => {
  const telemetry = createTelemetry({
    instance: 'here',
    now: Date.now,
    storage: {
      telemetry: {
        put: async (buckets) => void written.push(...buckets),
        range: async () => [],
        sweep: async () => 0,
      },
      sizeBytes: async () => ({ data: 100, freePages: 1, wal: 2 }),
    },
    kernel: () => kernel,
    machine: of,
  })
  telemetry.onSample((sample) => samples.push(sample))
  return telemetry
}
const startIt = (telemetry: Telemetry) => {
  const log = { info: () => undefined, warn: (event: string) => void warned.push(event), error: () => undefined }
  return telemetry.start({ log, crashed: (reason) => crashes.push(reason) })
}
const seconds = () => samples.map(({ at }) => (at - start) / 1000)

beforeEach(() => {
  reads = 0
  written = []
  frames = []
  samples = []
  crashes = []
  warned = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: start + 400 })
  return () => vi.useRealTimers()
})

describe('the sampler', () => {
  it('gives one sample for each second, at its start, with all that the sources say', async () => {
    const telemetry = made()
    const stop = await startIt(telemetry)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(seconds()).toEqual([1, 2, 3, 4, 5])
    expect(samples[0]?.values).toMatchObject({
      [metrics.cpu]: 25,
      [metrics.memoryPercent]: 25,
      [metrics.diskMaxPercent]: 50,
      [metrics.processCount]: 40,
      [metrics.logSize]: 7,
      [metrics.storageBytes]: 100,
    })
    expect(samples.every((sample) => sampleSchema.safeParse(sample).success)).toBe(true)
    expect(frames.filter(({ t }) => t === 'sample')).toHaveLength(5)
    expect(inventorySchema.parse(telemetry.inventory())).toMatchObject({
      machine: { os: 'Debian' },
      processes: { more: 39, rows: [{ name: 'init', cpu: 0.1 }] },
    })
    expect(crashes).toEqual([])
    await stop()
  })

  it('goes on without a source that hangs or fails', async () => {
    const disks = async () => {
      throw new Error('no')
    }
    const stop = await startIt(made(machine({ fast: never, processes: never, disks })))
    await vi.advanceTimersByTimeAsync(12_000)
    expect(seconds().length).toBeGreaterThanOrEqual(10)
    expect(samples.at(-1)?.values).not.toHaveProperty(metrics.cpu)
    expect(samples.at(-1)?.values).toHaveProperty(metrics.rss)
    expect(new Set(warned)).toEqual(new Set(['telemetry.source-failed']))
    expect(warned).toHaveLength(3)
    await stop()
  })

  it('leaves out the seconds in which the process could not run', async () => {
    const telemetry = made()
    const stop = await startIt(telemetry)
    await vi.advanceTimersByTimeAsync(2_000)
    vi.setSystemTime(start + 10_300)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(seconds().slice(0, 2)).toEqual([1, 2])
    expect(
      seconds()
        .slice(2)
        .every((second) => second >= 10),
    ).toBe(true)
    const { series } = await telemetry.range({ metrics: [metrics.rss], from: start, to: start + 13_000 })
    expect(series[0]?.mean.slice(3, 10)).toEqual(Array(7).fill(null))
    await stop()
  })

  it('goes on after the clock was set back by hours', async () => {
    const stop = await startIt(made())
    await vi.advanceTimersByTimeAsync(2_000)
    vi.setSystemTime(start - 7_200_000)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(seconds().filter((second) => second < 0).length).toBeGreaterThanOrEqual(3)
    await stop()
  })

  it('writes what is gathered when it stops, and samples no more', async () => {
    const stop = await startIt(made())
    await vi.advanceTimersByTimeAsync(3_000)
    await stop()
    expect(written.map(({ resolution }) => resolution).sort()).toEqual([10, 300])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(samples).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})
