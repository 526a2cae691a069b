import { readFileSync } from 'node:fs'
import { readdir, readFile, statfs } from 'node:fs/promises'
import os from 'node:os'
import { setImmediate as breathe } from 'node:timers/promises'
import { type Disk, type Machine, type Processes, type ProcessTimes, processRowsBound } from '../machine.ts'
import { readContainers } from './docker.ts'
import {
  parseDiskIo,
  parseMemory,
  parseMounts,
  parseNetworks,
  parseOsRelease,
  parseProcess,
  parseProgram,
  parseStat,
} from './linux-parse.ts'

/**
 * Linux by proc(5) itself: systeminformation starts a shell for most of these, each second, and reads `/proc/stat` by a
 * synchronous one.
 */

const text = (file: string): Promise<string> => readFile(file, 'latin1')
const textOr = (file: string, otherwise: string): Promise<string> => text(file).catch(() => otherwise)

/** USER_HZ and the page size of every Linux that Node runs on by default. */
const ticksPerSecond = 100
const pageBytes = 4096

const diskOf = async ({ mount, type }: { mount: string; type: string }): Promise<Disk[]> => {
  const { blocks, bavail, bfree, bsize } = await statfs(mount)
  const used = (blocks - bfree) * bsize
  // As df(1): what only root may fill counts as gone.
  return blocks === 0 ? [] : [{ mount, type, used, size: used + bavail * bsize }]
}

/** Read in slices, since a machine may have thousands and each is a file. */
const sliceOfProcesses = 50

interface Seen {
  readonly ticks: number
  readonly startedAt: number
}

const createProcessReader = (): (() => Promise<Processes>) => {
  let before = new Map<number, Seen>()
  let readAt = 0
  return async () => {
    const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
    const now = performance.now()
    const seconds = (now - readAt) / 1000
    const seen = new Map<number, Seen>()
    const rows: ProcessTimes[] = []
    for (const [nth, pid] of pids.entries()) {
      if (nth % sliceOfProcesses === sliceOfProcesses - 1) await breathe()
      const stat = readProcess(pid)
      if (!stat) continue
      seen.set(pid, stat)
      const last = before.get(pid)
      const ticks = last?.startedAt === stat.startedAt ? stat.ticks - last.ticks : 0
      const cpu = (100 * ticks) / ticksPerSecond / seconds
      rows.push({ pid, name: stat.name, cpu, memory: stat.pages * pageBytes })
    }
    before = seen
    readAt = now
    rows.sort((one, other) => other.cpu - one.cpu || other.memory - one.memory)
    return { total: rows.length, rows: rows.slice(0, processRowsBound).map(named) }
  }
}

/** By its program rather than by its main thread, which Node and others rename; kernel threads have no program. */
const named = (row: ProcessTimes): ProcessTimes => {
  try {
    return { ...row, name: parseProgram(readFileSync(`/proc/${row.pid}/cmdline`, 'utf8')) ?? row.name }
  } catch {
    return row
  }
}

const readProcess = (pid: number) => {
  try {
    return parseProcess(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // It ended between the list and here.
    return undefined
  }
}

export const createLinux = (): Machine => ({
  fast: async () => {
    const files = ['/proc/stat', '/proc/meminfo'].map(text)
    const optional = ['/proc/net/dev', '/proc/diskstats'].map((file) => textOr(file, ''))
    const [stat = '', memory = '', networks = '', diskStats = ''] = await Promise.all([...files, ...optional])
    return {
      cpu: parseStat(stat),
      memory: parseMemory(memory),
      networks: parseNetworks(networks),
      io: parseDiskIo(diskStats),
    }
  },
  disks: async () => {
    const mounts = parseMounts(await readFile('/proc/self/mounts', 'utf8'))
    const disks = await Promise.all(mounts.map((mount) => diskOf(mount).catch(() => [])))
    return disks.flat()
  },
  processes: createProcessReader(),
  containers: readContainers,
  osName: async () => parseOsRelease(await textOr('/etc/os-release', '')) ?? `Linux ${os.release()}`,
})
