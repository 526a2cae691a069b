import { certificates } from '#protocol/certificates.ts'
import { failureOf } from '#protocol/errors.ts'
import { endSession, operators, sessionLimits, tokens } from '#protocol/session.ts'
import type { RefusalCount } from '../../kernel/kernel.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { type Directory, toEnd } from './directory.ts'
import { refusalsCommand } from './refusals.ts'

const minuteMs = 60_000

/** Runs `work` one at a time; what is asked for while it runs happens once more afterwards. */
const oneAtATime = (work: () => Promise<void>, failed: (thrown: unknown) => void): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  let again = false
  const round = async (): Promise<void> => {
    do {
      again = false
      await work().catch(failed)
    } while (again)
    running = undefined
  }
  return () => {
    if (running) again = true
    running ??= round()
    return running
  }
}

const endFallen = async (context: ModuleContext, directory: Directory): Promise<void> => {
  for (const key of toEnd(directory, context.now(), sessionLimits.perOperator)) {
    await context.submit({ command: endSession, params: { key } })
  }
}

/** What could not be written is counted into the next entry. */
const refusalWriter = (context: ModuleContext, drain: () => readonly RefusalCount[]): (() => Promise<void>) => {
  let unwritten: readonly RefusalCount[] = []
  return async () => {
    unwritten = [...unwritten, ...drain()]
    const command = refusalsCommand(unwritten)
    if (!command) return
    await context.submit(command)
    unwritten = []
  }
}

/**
 * Ends sessions that no longer stand and sums refusals into the log, each minute and once more at the end. A timer rather
 * than a job under a lease, since each instance counts its own refusals.
 */
export const keepHouse = (
  context: ModuleContext,
  directory: Directory,
  drain: () => readonly RefusalCount[],
): (() => Promise<void>) => {
  const failed = (event: string) => (thrown: unknown) => context.log.warn(event, { code: failureOf(thrown).code })
  const tidy = oneAtATime(() => endFallen(context, directory), failed('session.tidy-failed'))
  const refusals = oneAtATime(refusalWriter(context, drain), failed('session.refusals-unwritten'))
  const timer = setInterval(() => {
    void refusals()
    void tidy()
  }, minuteMs)
  const unfollow = context.onCommit(
    [operators, tokens, certificates],
    () => void tidy(),
    () => void tidy(),
  )
  void tidy()
  return async () => {
    clearInterval(timer)
    unfollow()
    await refusals()
  }
}
