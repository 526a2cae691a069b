import type { Instant } from '#protocol/ids.ts'
import type { Restoration } from '#protocol/log.ts'
import type { Storage, Wakeups } from '../storage/port.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import type { ModuleContext, ModuleDefinition } from './module.ts'
import type { KernelLog } from './module-context.ts'

/** What a host gives the kernel. The storage is the kernel's from then on: `drain` closes it. */
export interface KernelOptions {
  readonly storage: Storage
  readonly modules: readonly ModuleDefinition[]
  /** From {@link openDeploymentKeys} with the names of these modules. */
  readonly keys: DeploymentKeys
  /** The policy set for a log that has none, or none that a person published (policy/seed.ts). */
  readonly policy: string
  /** Names this instance in rows, leases and telemetry. */
  readonly instance: string
  readonly now: () => Instant
  readonly log: KernelLog
  /** Modules that somebody stopped before, and that stay so until somebody starts them. Absent: none. */
  readonly stayStopped?: (read: ModuleContext['read']) => Promise<ReadonlySet<string>>
  /** What people call the deployment; written into the genesis, and from then on read there. */
  readonly name: string
  /** Begins a new id of the log: the storage was restored from a backup, and `keys` go by that id. */
  readonly restoration?: Restoration
  /** How instances on one store tell each other of commits; the store's own way when absent. */
  readonly wakeups?: Wakeups
  /** How much of the last changes the feed keeps in memory, bytes of JSON; what fits into one frame when absent. */
  readonly recentBytes?: number
  /** Told when this instance can't go on beside the others, and its host should end. */
  readonly failed?: () => void
}
