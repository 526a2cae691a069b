import { type Inventory, metrics, type Range, type RangeQuery, type Sample } from '#protocol/telemetry.ts'

const wave = (at: number, periodSeconds: number, middle: number, swing: number): number =>
  Math.max(0, middle + swing * Math.sin((at / 1_000 / periodSeconds) * 2 * Math.PI))
const noise = (at: number, seed: number): number =>
  (Math.sin(at / 777 + seed * 12.9898) + Math.sin(at / 131 + seed)) / 2

const gib = 1_073_741_824

/** A second of an ordinary machine, the same for the same moment. */
export const fakeSample = (at: number, instance = 'i-local'): Sample => ({
  at: Math.floor(at),
  instance,
  values: {
    [metrics.cpu]: wave(at, 90, 34, 18) + 6 * noise(at, 1),
    [metrics.cpuCore(0)]: wave(at, 60, 40, 24) + 8 * noise(at, 2),
    [metrics.cpuCore(1)]: wave(at, 80, 30, 20) + 8 * noise(at, 3),
    [metrics.load1]: 0.84,
    [metrics.memoryUsed]: wave(at, 400, 9.4, 0.4) * gib,
    [metrics.memoryTotal]: 23.4 * gib,
    [metrics.memoryPercent]: wave(at, 400, 40, 2),
    [metrics.diskMaxPercent]: 87.2,
    [metrics.diskRead]: Math.max(0, 400_000 * noise(at, 5)),
    [metrics.diskWrite]: Math.max(0, 2_400_000 * noise(at, 6)),
    [metrics.networkReceived]: wave(at, 50, 180_000, 90_000),
    [metrics.networkSent]: wave(at, 70, 60_000, 30_000),
    [metrics.eventLoopDelayP99]: 11 + 3 * noise(at, 7),
    [metrics.eventLoopUtilisation]: 4.2,
    [metrics.apiRate]: wave(at, 40, 120, 40),
    [metrics.apiErrors]: 0.4,
    [metrics.apiErrorPercent]: 0.3,
    [metrics.apiP50]: 1.2 + 0.2 * noise(at, 8),
    [metrics.apiP95]: 6.4 + noise(at, 9),
    [metrics.apiP99]: 18 + 4 * noise(at, 10),
    [metrics.commandRate]: wave(at, 30, 14, 8),
    [metrics.logSize]: 1_204_331,
    [metrics.connections]: 4,
    [metrics.users]: 3,
  },
})

const stepOf = (from: number, to: number): number =>
  [1, 10, 300].find((step) => (to - from) / 1_000 / step <= 2_000) ?? 300

/** A range with a night in which nobody measured. */
export const fakeRange = ({ metrics: names, from, to }: RangeQuery): Range => {
  const step = stepOf(from, to)
  const at = Array.from({ length: Math.floor((to - from) / 1_000 / step) }, (_, index) => from + index * step * 1_000)
  const off = { from: from + (to - from) * 0.3, to: from + (to - from) * 0.45 }
  const column = (name: string, factor: number): (number | null)[] =>
    at.map((moment) => (moment > off.from && moment < off.to ? null : (fakeSample(moment).values[name] ?? 0) * factor))
  return {
    resolution: step,
    at,
    series: names.map((metric) => ({
      metric,
      min: column(metric, 0.8),
      mean: column(metric, 1),
      max: column(metric, 1.25),
    })),
  }
}

export const fakeInventory = (at: number): Inventory => ({
  at,
  instance: 'i-local',
  machine: { hostname: 'console-01', os: 'Debian GNU/Linux 12', kernel: '6.1.0-26-amd64', cpu: 'Intel Xeon', cores: 2 },
  disks: [
    { mount: '/', type: 'ext4', used: 41 * gib, size: 47 * gib },
    { mount: '/var/lib/libral', type: 'xfs', used: 120 * gib, size: 480 * gib },
  ],
  networks: [
    { name: 'eth0', address: '192.0.2.10', received: 182_000, sent: 61_000, up: true },
    { name: 'wg0', address: '10.0.0.2', received: 0, sent: 0, up: false },
  ],
  processes: {
    more: 131,
    rows: Array.from({ length: 8 }, (_, index) => ({
      pid: 1_000 + index * 7,
      name:
        ['libral-backend', 'electron', 'postgres', 'redis-server', 'sshd', 'systemd', 'dbus-daemon', 'bash'][index] ??
        '',
      cpu: 24 / (index + 1),
      memory: (512 - index * 60) * 1_048_576,
    })),
  },
  containers: { available: false, rows: [] },
  procedures: ['session.hello', 'command.submit', 'feed.ticket', 'telemetry.range', 'history.query'].map(
    (name, index) => ({
      name,
      requests: 12_000 - index * 2_100,
      errors: index === 1 ? 3 : 0,
      p50: 0.4 + index,
      p95: 2.1 + index * 3,
      p99: 8.9 + index * 9,
    }),
  ),
  clients: {
    more: 0,
    rows: [
      { operator: 'local', client: 'Libral Control Center 0.1.0 (console-01)', address: 'pipe', since: at - 3_600_000 },
      {
        operator: 'tanaka',
        client: 'Libral Control Center 0.1.0 (tanaka-pc)',
        address: '192.0.2.31',
        since: at - 900_000,
      },
    ],
  },
})
