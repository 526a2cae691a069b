import type { CpuTimes, Fast } from '../machine.ts'

/** Parsers of proc(5); pure over the files' texts. */

const numbers = (line: string): number[] => line.trim().split(/\s+/).map(Number)

/** `/proc/stat`: the machine, then each core. Waiting for a disk is not being busy; guest time is in user already. */
export const parseStat = (text: string): CpuTimes[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('cpu'))
    .map((line) => {
      const fields = numbers(line.slice(line.indexOf(' ')))
      const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = fields
      const busy = user + nice + system + irq + softIrq + steal
      return { busy, total: busy + idle + wait }
    })

/** `/proc/meminfo`: what programs can't have any more is used; caches are not. */
export const parseMemory = (text: string): Fast['memory'] => {
  const kibibytes = new Map([...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, size]) => [name, Number(size)]))
  const bytes = (name: string): number => (kibibytes.get(name) ?? 0) * 1024
  const total = bytes('MemTotal')
  return {
    total,
    used: total - (kibibytes.has('MemAvailable') ? bytes('MemAvailable') : bytes('MemFree')),
    swapUsed: bytes('SwapTotal') - bytes('SwapFree'),
  }
}

/** `/proc/net/dev`, without the loopback. */
export const parseNetworks = (text: string): Fast['networks'] =>
  text
    .split('\n')
    .slice(2)
    .flatMap((line) => {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).trim()
      if (colon < 0 || name === 'lo') return []
      const fields = numbers(line.slice(colon + 1))
      return [{ name, received: fields[0] ?? 0, sent: fields[8] ?? 0 }]
    })

const sectorBytes = 512
/** Partitions count for their disk already; the rest has no disk of its own. */
const isWholeDisk = (name: string): boolean =>
  /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(name)

/** `/proc/diskstats` */
export const parseDiskIo = (text: string): Fast['io'] => {
  const disks = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => isWholeDisk(fields[2] ?? ''))
  if (disks.length === 0) return undefined
  const sum = (field: number): number => disks.reduce((total, fields) => total + Number(fields[field] ?? 0), 0)
  return { read: sum(5) * sectorBytes, written: sum(9) * sectorBytes }
}

/** Kept on this machine: asking a network's file system how full it is can hang. */
const localTypes: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'bcachefs'],
  ...['vfat', 'exfat', 'ntfs', 'ntfs3', 'hfsplus', 'apfs', 'overlay'],
])

/** `/proc/self/mounts`: places that hold files, each device once, by its shortest path. */
export const parseMounts = (text: string): readonly { readonly mount: string; readonly type: string }[] => {
  const plain = (field: string): string =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  const mounts = text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, mount, type]) => mount && type && localTypes.has(type))
    .filter(([, mount, type]) => type !== 'overlay' || mount === '/')
    .map(([device = '', mount = '', type = '']) => ({ device, mount: plain(mount), type }))
    .sort((one, other) => one.mount.length - other.mount.length)
  const byDevice = new Map<string, { readonly mount: string; readonly type: string }>()
  for (const { device, mount, type } of mounts) {
    if (!byDevice.has(device)) byDevice.set(device, { mount, type })
  }
  return [...byDevice.values()]
}

/** `/proc/<pid>/stat`: the name stands in brackets and may itself hold brackets and spaces. */
export const parseProcess = (
  text: string,
):
  | { readonly name: string; readonly ticks: number; readonly pages: number; readonly startedAt: number }
  | undefined => {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = text.slice(close + 2).split(' ')
  return {
    name: text.slice(open + 1, close),
    ticks: Number(fields[11]) + Number(fields[12]),
    startedAt: Number(fields[19]),
    pages: Number(fields[21]),
  }
}

/** `/proc/<pid>/cmdline`: the program's file name alone, since arguments may hold what is nobody's business. */
export const parseProgram = (text: string): string | undefined => {
  // Chromium writes its whole command line into the first argument.
  const program = text.split('\0')[0]?.split(' --')[0] ?? ''
  const name = program.slice(program.lastIndexOf('/') + 1).slice(0, 64)
  return name === '' ? undefined : name
}

/** `PRETTY_NAME` of os-release(5). */
export const parseOsRelease = (text: string): string | undefined =>
  /^PRETTY_NAME=(?:"(.*)"|(.*))$/m
    .exec(text)
    ?.slice(1)
    .find((part) => part !== undefined)
