import type { Inventory } from '#protocol/telemetry.ts'

/** What a machine can be asked; times are counters since boot, so that a rate is the difference of two readings. */
export interface CpuTimes {
  readonly busy: number
  readonly total: number
}
export interface Fast {
  /** The whole machine first, then each core. */
  readonly cpu: readonly CpuTimes[]
  readonly memory: { readonly used: number; readonly total: number; readonly swapUsed: number }
  readonly networks: readonly { readonly name: string; readonly received: number; readonly sent: number }[]
  /** Bytes since boot over whole disks; undefined where the system does not say. */
  readonly io: { readonly read: number; readonly written: number } | undefined
}
export interface Disk {
  readonly mount: string
  readonly type: string
  readonly used: number
  readonly size: number
}
export interface ProcessTimes {
  readonly pid: number
  readonly name: string
  /** Percent of one core since the last reading. */
  readonly cpu: number
  readonly memory: number
}
export interface Processes {
  readonly total: number
  readonly rows: readonly ProcessTimes[]
}

/** One operating system's way of answering. */
export interface Machine {
  fast(): Promise<Fast>
  disks(): Promise<readonly Disk[]>
  processes(): Promise<Processes>
  containers(): Promise<Inventory['containers']>
  /** 「Debian GNU/Linux 12 (bookworm)」 */
  osName(): Promise<string>
}

/** Rows of processes that the inventory carries, busiest first. */
export const processRowsBound = 30
