import { describe, expect, it } from 'vitest'
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

describe('proc(5)', () => {
  it('stat: waiting is not working, guests are counted once', () => {
    const text = 'cpu  10 1 4 70 5 1 2 3 9 9\ncpu0 10 1 4 70 5 1 2 3 9 9\nintr 12 0\n'
    expect(parseStat(text)).toEqual([
      { busy: 21, total: 96 },
      { busy: 21, total: 96 },
    ])
  })

  it('meminfo: caches are not used memory, also where the kernel is too old to say', () => {
    const text =
      'MemTotal:       1000 kB\nMemFree:  100 kB\nMemAvailable:    400 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n'
    expect(parseMemory(text)).toEqual({ total: 1_024_000, used: 600 * 1024, swapUsed: 30 * 1024 })
    expect(parseMemory(text.replace(/MemAvailable.*\n/, '')).used).toBe(900 * 1024)
  })

  it('net/dev: all but the loopback, numbers glued to the name too', () => {
    const text =
      'Inter-|\n face |\n    lo: 5 0 0 0 0 0 0 0 5 0\n  eth0:1221515392   33936    0    0    0     0          0         0  2855419   22046\n'
    expect(parseNetworks(text)).toEqual([{ name: 'eth0', received: 1_221_515_392, sent: 2_855_419 }])
    expect(parseNetworks('')).toEqual([])
  })

  it('diskstats: whole disks, not their partitions', () => {
    const line = (name: string) => `   8       0 ${name} 1 2 10 4 5 6 20 8 0 0 0`
    expect(parseDiskIo(['sda', 'sda1', 'nvme0n1', 'nvme0n1p2', 'loop0', 'dm-0'].map(line).join('\n'))).toEqual({
      read: 20 * 512,
      written: 40 * 512,
    })
    expect(parseDiskIo('')).toBeUndefined()
  })

  it('mounts: each local device once, by its shortest path, with its spaces', () => {
    const text = [
      '/dev/vda /srv/bind ext4 rw 0 0',
      '/dev/vda / ext4 rw 0 0',
      'server:/export /net nfs4 rw 0 0',
      'tmpfs /tmp tmpfs rw 0 0',
      '/dev/sdb1 /media/my\\040disk vfat rw 0 0',
      'overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0',
    ].join('\n')
    expect(parseMounts(text)).toEqual([
      { mount: '/', type: 'ext4' },
      { mount: '/media/my disk', type: 'vfat' },
    ])
  })

  it('pid/stat: names may hold brackets and spaces', () => {
    const rest = Array.from({ length: 30 }, (_, nth) => nth).join(' ')
    expect(parseProcess(`42 (a) b (c)) S ${rest}`)).toEqual({
      name: 'a) b (c)',
      ticks: 10 + 11,
      startedAt: 18,
      pages: 20,
    })
    expect(parseProcess('')).toBeUndefined()
  })

  it('pid/cmdline: the program without its arguments', () => {
    expect(parseProgram('/usr/bin/node\0--token=x\0')).toBe('node')
    expect(parseProgram('/opt/My App/electron --type=renderer --x\0')).toBe('electron')
    expect(parseProgram('sshd: tanaka\0')).toBe('sshd: tanaka')
    expect(parseProgram('')).toBeUndefined()
  })

  it('os-release: with and without quotes', () => {
    expect(parseOsRelease('NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    )
    expect(parseOsRelease('PRETTY_NAME=Alpine\n')).toBe('Alpine')
    expect(parseOsRelease('')).toBeUndefined()
  })
})
