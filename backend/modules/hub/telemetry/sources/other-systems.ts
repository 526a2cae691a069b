import os from 'node:os'
import type { Machine } from '../machine.ts'
import { processRowsBound } from '../machine.ts'
import { readContainers } from './docker.ts'

/** macOS and Windows by systeminformation, loaded only there. */
export const createOtherSystem = async (): Promise<Machine> => {
  const si = await import('systeminformation')
  return {
    fast: async () => {
      const [memory, networks, io] = await Promise.all([si.mem(), si.networkStats('*'), si.fsStats()])
      const cores = os.cpus().map(({ times }) => {
        const busy = times.user + times.nice + times.sys + times.irq
        return { busy, total: busy + times.idle }
      })
      const whole = cores.reduce((sum, core) => ({ busy: sum.busy + core.busy, total: sum.total + core.total }), {
        busy: 0,
        total: 0,
      })
      return {
        cpu: [whole, ...cores],
        memory: { used: memory.active, total: memory.total, swapUsed: memory.swapused },
        networks: networks.map((row) => ({ name: row.iface, received: row.rx_bytes, sent: row.tx_bytes })),
        io: io ? { read: io.rx, written: io.wx } : undefined,
      }
    },
    disks: async () => (await si.fsSize()).map(({ mount, type, used, size }) => ({ mount, type, used, size })),
    processes: async () => {
      const { all, list } = await si.processes()
      const rows = list
        .map((row) => ({ pid: row.pid, name: row.name, cpu: row.cpu, memory: row.memRss * 1024 }))
        .sort((one, other) => other.cpu - one.cpu)
      return { total: all, rows: rows.slice(0, processRowsBound) }
    },
    containers: readContainers,
    osName: async () => {
      const { distro, release } = await si.osInfo()
      return `${distro} ${release}`
    },
  }
}
