import type { Inbox } from './inbox.ts'
import { type JobsDeps, runJobs } from './jobs.ts'
import type { Job, ModuleDefinition, RunningModule } from './module.ts'
import { type ContextDeps, createContext } from './module-context.ts'
import type { Outbox } from './outbox.ts'

export interface LivingDeps {
  readonly context: ContextDeps
  readonly outbox: Outbox
  readonly inbox: Pick<Inbox, 'attach'>
  readonly jobs: JobsDeps
}

/** Starts a module with everything that lives and dies with it: its context, effects, inbox and jobs. */
export const bringToLife = async (
  module: ModuleDefinition,
  crashed: (reason: unknown) => void,
  { context: contextDeps, outbox, inbox, jobs: jobsDeps }: LivingDeps,
): Promise<RunningModule> => {
  const { name } = module.manifest
  const { context, dispose } = createContext(contextDeps, name, crashed)
  try {
    const running = await module.start(context)
    const detach = outbox.attach(name, running.effects ?? [])
    const endReading = inbox.attach(running.inbox ?? [])
    const endJobs = runJobs(name, running.jobs ?? ([] as readonly Job[]), jobsDeps)
    return {
      ...running,
      stop: async () => {
        endJobs()
        endReading()
        detach()
        try {
          await running.stop()
        } finally {
          dispose()
        }
      },
    }
  } catch (reason) {
    dispose()
    throw reason
  }
}
