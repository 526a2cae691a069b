import os from 'node:os'
import { metrics } from '#protocol/telemetry.ts'
import type { CpuTimes, Disk, Fast } from './machine.ts'
import { createRates } from './rates.ts'

type Values = Record<string, number>

const percentOf = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0)

/** Share of the time since the reading before in which a core worked; absent where no time passed. */
const cpuPercent = (now: CpuTimes | undefined, before: CpuTimes | undefined): number | undefined => {
  if (!now || !before || now.total <= before.total) return undefined
  return Math.min(100, Math.max(0, percentOf(now.busy - before.busy, now.total - before.total)))
}

export interface NetworkRate {
  readonly name: string
  /** Bytes per second. */
  readonly received: number
  readonly sent: number
}

/** Turns the machine's counters into figures; remembers the reading before. */
export interface MachineValues {
  values(fast: Fast, now: number): Values
  readonly networks: () => readonly NetworkRate[]
}

export const createMachineValues = (): MachineValues => {
  let cpuBefore: readonly CpuTimes[] = []
  let networks: readonly NetworkRate[] = []
  let reading: Fast | undefined
  const rates = createRates()

  const cpuValues = (cpu: readonly CpuTimes[]): Values => {
    const values: Values = {}
    for (const [nth, times] of cpu.entries()) {
      const percent = cpuPercent(times, cpuBefore[nth])
      if (percent !== undefined) values[nth === 0 ? metrics.cpu : metrics.cpuCore(nth - 1)] = percent
    }
    cpuBefore = cpu
    return values
  }
  const rateValues = (fast: Fast, now: number): Values => {
    const counters: Values = {}
    for (const { name, received, sent } of fast.networks) {
      counters[`received ${name}`] = received
      counters[`sent ${name}`] = sent
    }
    if (fast.io) Object.assign(counters, { read: fast.io.read, written: fast.io.written })
    const grown = rates.per(counters, now)
    networks = fast.networks.flatMap(({ name }) => {
      const received = grown[`received ${name}`]
      const sent = grown[`sent ${name}`]
      return received === undefined || sent === undefined ? [] : [{ name, received, sent }]
    })
    const values: Values = {}
    if (networks.length > 0) {
      values[metrics.networkReceived] = networks.reduce((sum, row) => sum + row.received, 0)
      values[metrics.networkSent] = networks.reduce((sum, row) => sum + row.sent, 0)
    }
    if (grown['read'] !== undefined) values[metrics.diskRead] = grown['read']
    if (grown['written'] !== undefined) values[metrics.diskWrite] = grown['written']
    return values
  }

  return {
    networks: () => networks,
    values: (fast, now) => {
      // The same reading again (the source was late) has nothing new to say.
      if (fast === reading) return {}
      reading = fast
      const { used, total, swapUsed } = fast.memory
      return {
        ...cpuValues(fast.cpu),
        ...rateValues(fast, now),
        [metrics.memoryUsed]: used,
        [metrics.memoryTotal]: total,
        [metrics.memoryPercent]: percentOf(used, total),
        [metrics.swapUsed]: swapUsed,
        [metrics.load1]: os.loadavg()[0] ?? 0,
        [metrics.uptime]: Math.floor(os.uptime()),
      }
    },
  }
}

export const diskValues = (disks: readonly Disk[]): Values => {
  const values: Values = {}
  for (const { mount, used, size } of disks) {
    values[metrics.diskPercent(mount)] = percentOf(used, size)
    values[metrics.diskUsed(mount)] = used
  }
  if (disks.length > 0) {
    values[metrics.diskMaxPercent] = Math.max(...disks.map(({ used, size }) => percentOf(used, size)))
  }
  return values
}
