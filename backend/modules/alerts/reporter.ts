import { recordAlert } from '#protocol/alerts.ts'
import { LibralError } from '#protocol/errors.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import type { Report } from './evaluator.ts'

/** Refusals that say the log has it already, or that there is nothing left to say. */
const settled: readonly string[] = ['alerts.unknown', 'alerts.already-resolved', 'alerts.rule-unknown']

/** Refusals of the report itself, which would be refused again for ever while later alerts wait behind it. */
const unwritable: readonly string[] = ['input.invalid', 'input.unsafe-number', 'input.not-utf8', 'command.too-large']

/**
 * Writes reports in order, each until it is in the log: an alert must not get lost because the disk was full. Only one
 * that no log will ever take is given up, and said so.
 */
export interface Reporter {
  add(reports: readonly Report[]): void
  /** Tries what is waiting; called each second. */
  flush(): Promise<void>
  readonly waiting: () => number
}

export const createReporter = (context: Pick<ModuleContext, 'submit' | 'log'>): Reporter => {
  let queue: readonly Report[] = []
  let flushing: Promise<void> | undefined

  const write = async (): Promise<void> => {
    for (let next = queue[0]; next; next = queue[0]) {
      try {
        await context.submit({ command: recordAlert, params: next })
      } catch (thrown) {
        const code = thrown instanceof LibralError ? thrown.code : 'internal.unexpected'
        if (unwritable.includes(code)) {
          context.log.error('alerts.report-refused', { code, rule: next.rule })
        } else if (!settled.includes(code)) {
          context.log.warn('alerts.report-waits', { code, waiting: queue.length })
          return
        }
      }
      queue = queue.slice(1)
    }
  }

  const flush = (): Promise<void> => {
    flushing ??= write().finally(() => {
      flushing = undefined
    })
    return flushing
  }
  return {
    add: (reports) => {
      queue = [...queue, ...reports]
    },
    flush,
    waiting: () => queue.length,
  }
}
