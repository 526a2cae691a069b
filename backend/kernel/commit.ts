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
  /** Told of each commit in the turn that answers its commands, before any of them hears of it. */
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
  let wake: (() => void) | undefined

  const isFull = (): boolean => queue.length >= commitLimits.batch || deps.arriving() <= queue.length
  /**
   * Lets commands that are at the door join, for as long as half a commit takes: on a slow disk a fuller batch is worth
   * more than a sooner one. Nobody else at the door: no wait.
   */
  const gather = async (): Promise<void> => {
    if (isFull()) return
    const { least, most } = commitLimits.gatherMs
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(most, Math.max(least, lastMs / 2)))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = undefined
  }
  const run = async (): Promise<void> => {
    running = true
    while (queue.length > 0) {
      await gather()
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
        else if (wake && isFull()) wake()
      }),
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
        // Durable: whatever goes wrong from here on, the senders are told so. They hear of it after this turn.
        answer(batch, result)
        deps.committed(result, performance.now() - began)
      },
    )
  } catch (cause) {
    // Those that were answered already stay so.
    const error = cause instanceof LibralError ? cause : new LibralError('internal.unexpected', {}, { cause })
    for (const { reject } of batch) reject(error)
  }
}

const answer = (batch: readonly Waiting[], { results }: BatchResult): void => {
  for (const [nth, { resolve, reject }] of batch.entries()) {
    const result = results[nth] ?? new LibralError('internal.unexpected')
    if (result instanceof LibralError) reject(result)
    else resolve(result)
  }
}
