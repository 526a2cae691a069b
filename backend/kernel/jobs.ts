import { failureOf } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { JobStore } from '../storage/port.ts'
import type { Job } from './module.ts'
import type { KernelLog } from './module-context.ts'
import { traceOf } from './trace.ts'

/** A lease outlives the slowest run that is still healthy; a long interval is looked at once a minute. */
export const jobLimits = { leaseMs: 120_000, lookMs: 60_000 } as const

export interface JobsDeps {
  readonly store: JobStore
  readonly owner: string
  readonly now: () => Instant
  readonly log: KernelLog
}

/**
 * Runs a module's jobs while it runs: each on one instance at a time, by a lease row. Answers the disposer, which aborts
 * what is under way.
 */
export const runJobs = (module: string, jobs: readonly Job[], deps: JobsDeps): (() => void) => {
  const disposers = jobs.map((job) => runJob(`${module}.${job.name}`, job, deps))
  return () => {
    for (const dispose of disposers) dispose()
  }
}

const runJob = (name: string, job: Job, deps: JobsDeps): (() => void) => {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    await attempt(name, job, abort.signal, deps).catch((thrown: unknown) =>
      deps.log.error('job.not-recorded', { job: name, ...traceOf(thrown) }),
    )
    if (!abort.signal.aborted) schedule(Math.min(job.everyMs, jobLimits.lookMs))
  }
  const schedule = (ms: number): void => {
    timer = setTimeout(() => void look(), ms)
    timer.unref()
  }
  schedule(0)
  return () => {
    abort.abort()
    clearTimeout(timer)
  }
}

const attempt = async (name: string, job: Job, signal: AbortSignal, deps: JobsDeps): Promise<void> => {
  const { store, owner, now, log } = deps
  const began = now()
  if (!(await store.claim(name, owner, began, began + Math.max(jobLimits.leaseMs, job.everyMs), job.everyMs))) return
  let failure: string | null = null
  try {
    await job.run({ signal, now: began })
  } catch (thrown) {
    failure = failureOf(thrown).code
    log.warn('job.failed', { job: name, ...traceOf(thrown) })
  }
  await store.done(name, owner, began + job.everyMs, failure)
}
