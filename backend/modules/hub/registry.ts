import { LibralError } from '#protocol/errors.ts'
import {
  type InstanceRow,
  instances,
  type ModuleRow,
  modules,
  recordInstance,
  recordModule,
  recordRebuilt,
} from '#protocol/hub.ts'
import type { Kernel, ModuleStatus } from '../../kernel/kernel.ts'
import type { ModuleContext, ServiceCommand } from '../../kernel/module.ts'

/** This process, as it tells the others of itself. */
export type Instance = Omit<InstanceRow, 'state' | 'stoppedAt' | 'instance'>

/** Keeps `hub.modules` and `hub.instances` true to what the supervisor does. */
export interface Registry {
  /** Records this run; one before it that never said good-bye is recorded as crashed. */
  started(): Promise<void>
  /**
   * Puts this run on the list again when somebody has taken it off while it was thought to be gone, and records what could
   * not be recorded when it happened.
   */
  onList(): Promise<void>
  /** Follows the supervisor until the disposer is called. */
  follow(kernel: Kernel): () => void
  /** Resolves when all that was seen so far is written, or could not be. */
  settled(): Promise<void>
  /** Records the end of this run. */
  stopped(): Promise<void>
}

type RecordedModule = Omit<ModuleRow, 'since'>

const rowOf = (status: ModuleStatus, instance: string): RecordedModule => ({
  module: status.definition.manifest.name,
  instance,
  version: status.definition.manifest.version,
  essential: status.definition.manifest.essential,
  state: status.state,
  reason: status.reason.slice(0, 120),
  restarts: status.restarts,
})

const isSame = (row: RecordedModule, before: RecordedModule | undefined): boolean =>
  before !== undefined && (Object.keys(row) as (keyof RecordedModule)[]).every((field) => row[field] === before[field])

export const createRegistry = (context: ModuleContext, self: Instance): Registry => {
  const { instance } = context
  const known = new Map<string, RecordedModule>()
  const last = new Map<string, ModuleStatus>()
  const unrecorded = new Set<string>()
  let queue: Promise<void> = Promise.resolve()
  let ended = false
  let returning = false

  /** One after another, so that the log tells what happened in its order; a failure is told and does not stop the rest. */
  const enqueue = (command: () => Promise<ServiceCommand | undefined>, failed = (): void => {}): Promise<void> => {
    queue = queue.then(async () => {
      try {
        const made = await command()
        if (made) await context.submit(made)
      } catch (thrown) {
        const code = thrown instanceof LibralError ? thrown.code : 'internal.unexpected'
        context.log.warn('hub.unrecorded', { code })
        failed()
      }
    })
    return queue
  }

  const seen = (status: ModuleStatus): void => {
    last.set(status.definition.manifest.name, status)
    const row = rowOf(status, instance)
    const record = async (): Promise<ServiceCommand | undefined> => {
      unrecorded.delete(row.module)
      const before = known.get(row.module) ?? (await context.read.get(modules, `${instance}/${row.module}`))
      known.set(row.module, row)
      return isSame(row, before && withoutSince(before)) ? undefined : { command: recordModule, params: row }
    }
    void enqueue(record, () => {
      known.delete(row.module)
      unrecorded.add(row.module)
    })
  }

  const recorded = (state: InstanceRow['state'], of: Instance) =>
    enqueue(async () => ({ command: recordInstance, params: { ...of, instance, state } }))

  return {
    onList: async () => {
      await queue
      const row = await context.read.get(instances, instance)
      if (ended || returning) return
      if (row?.state === 'running') {
        for (const [module, status] of last) if (unrecorded.has(module)) seen(status)
        return
      }
      returning = true
      context.log.warn('hub.back-on-the-list')
      known.clear()
      await recorded('running', self)
      for (const status of last.values()) seen(status)
      returning = false
    },
    started: async () => {
      const before = await context.read.get(instances, instance)
      if (before?.state === 'running') {
        const { stoppedAt: _stoppedAt, ...of } = before
        await recorded('crashed', of)
      }
      await recorded('running', self)
    },
    follow: (kernel) => {
      for (const status of kernel.modules.list()) seen(status)
      const disposers = [
        kernel.modules.onChange(seen),
        kernel.onRebuilt((collection, epoch) => {
          void enqueue(async () => ({ command: recordRebuilt, params: { collection, epoch } }))
        }),
      ]
      return () => {
        for (const dispose of disposers) dispose()
      }
    },
    settled: () => queue,
    stopped: () => {
      ended = true
      return recorded('stopped', self)
    },
  }
}

const withoutSince = (row: RecordedModule & { readonly since?: number }): RecordedModule => {
  const { since: _since, ...rest } = row
  return rest
}
