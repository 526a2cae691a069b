import type { Outcome } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { type BatchDeps, type BatchResult, runBatch } from './batch.ts'
import type { Admitted } from './door.ts'
import type { OneWriter } from './writer.ts'

/** Commands in one group commit, and commands that may wait for theirs. */
export const commitLimits = { batch: 512, queue: 8_192, gatherMs: { least: 1, most: 8 } } as const

export interface CommitDeps extends BatchDeps {
  readonly writer: OneWriter
  /** How many commands are at the door now: while there are more, a full batch is worth a moment's wait. */
  readonly arriving: () => number
  /** Told of each commit before any outcome is given out; must not throw. */
  readonly committed: (result: BatchResult, ms: number) => void
}

export interface Commit {
  /** Durable when it resolves. @throws LibralError with nothing of this command kept */
  submit(admitted: Admitted): Promise<Outcome>
  readonly waiting: () => number
}

interface Waiting {
  readonly admitted: Admitted
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (reason: LibralError) => void
}

/**
 * The one writer's queue: at once when idle, and while a commit runs the next batch gathers. Overload is told before a
 * command is accepted, never after.
 */
export const createCommit = (deps: CommitDeps): Commit => {
  const queue: Waiting[] = []
  let running = false
  let lastMs = 0

  const run = async (): Promise<void> => {
    running = true
    while (queue.length > 0) {
      await gather(queue, deps.arriving, lastMs)
      const began = performance.now()
      await commitOnce(queue.splice(0, commitLimits.batch), deps)
      lastMs = performance.now() - began
    }
    running = false
  }
  return {
    waiting: () => queue.length,
    submit: (admitted) =>
      new Promise((resolve, reject) => {
        if (queue.length >= commitLimits.queue) {
          reject(new LibralError('link.overloaded'))
          return
        }
        queue.push({ admitted, resolve, reject })
        if (!running) void run()
      }),
  }
}

/**
 * Lets commands that are at the door join, for as long as half a commit takes: on a slow disk a fuller batch is worth
 * more than a sooner one. Nobody else at the door: no wait.
 */
const gather = async (queue: readonly Waiting[], arriving: () => number, lastMs: number): Promise<void> => {
  const { least, most } = commitLimits.gatherMs
  const until = performance.now() + Math.min(most, Math.max(least, lastMs / 2))
  while (queue.length < commitLimits.batch && arriving() > queue.length && performance.now() < until) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const commitOnce = async (batch: readonly Waiting[], deps: CommitDeps): Promise<void> => {
  const began = performance.now()
  try {
    await deps.writer.run(
      (writer) =>
        runBatch(
          writer,
          batch.map(({ admitted }) => admitted),
          deps,
        ),
      (result) => {
        deps.committed(result, performance.now() - began)
        batch.forEach(({ resolve, reject }, nth) => {
          const answer = result.results[nth]
          if (answer === undefined || answer instanceof LibralError)
            reject(answer ?? new LibralError('internal.unexpected'))
          else resolve(answer)
        })
      },
    )
  } catch (cause) {
    const error = cause instanceof LibralError ? cause : new LibralError('internal.unexpected', {}, { cause })
    for (const { reject } of batch) reject(error)
  }
}
