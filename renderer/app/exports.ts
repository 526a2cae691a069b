import i18n from 'i18next'
import type { Filter } from '#protocol/desktop.ts'
import { integer } from '../format/number.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { failureText } from './failure-text.ts'
import { replaceToast, showToast, type Toast } from './toasts.ts'

type Progress = Awaited<ReturnType<typeof desktop.exports.logs>> extends AsyncIterator<infer Item> ? Item : never
/** Rows in the order of the list that they are exported from. */
interface Selection {
  readonly filter: Filter
  readonly descending: boolean
}
type Kind = 'csv' | 'diagnostics' | 'logs'

const failedToast = (name: string, failure: ReturnType<typeof failureIn>): Omit<Toast, 'id'> => ({
  tone: failure.code === 'export.cancelled' ? 'warning' : 'bad',
  title: i18n.t(failure.code === 'export.cancelled' ? 'shell:exports.cancelled' : 'shell:exports.failed', { name }),
  body: failureText(failure).todo,
})

const toastOf = (name: string, progress: Progress, cancel: () => void): Omit<Toast, 'id'> => {
  switch (progress.state) {
    case 'running': {
      const rows = integer(progress.rows)
      const { total } = progress
      return {
        tone: 'busy',
        title: i18n.t('shell:exports.running', { name }),
        body:
          total === null
            ? i18n.t('shell:exports.rows', { rows })
            : i18n.t('shell:exports.rowsOf', { rows, total: integer(total) }),
        progress: total === null || total === 0 ? null : progress.rows / total,
        action: { label: i18n.t('shell:exports.cancel'), run: cancel },
      }
    }
    case 'done':
      return { tone: 'ok', title: i18n.t('shell:exports.done', { name }), body: progress.file }
    case 'cancelled':
      return { tone: 'warning', title: i18n.t('shell:exports.cancelled', { name }) }
    case 'failed':
      return failedToast(name, progress.failure)
  }
}

const open = (kind: Kind, what: Selection | undefined, signal: AbortSignal) => {
  if (kind === 'diagnostics') return desktop.exports.diagnostics({}, { signal })
  if (kind === 'logs' || what === undefined) return desktop.exports.logs({}, { signal })
  return desktop.exports.csv(what, { signal })
}

/** Closing the file dialog is an answer, not a failure. */
const isDeclined = (progress: Progress): boolean =>
  progress.state === 'failed' && progress.failure.code === 'file.not-chosen'

export const runExport = (kind: Kind, what?: Selection): Promise<void> =>
  followExport(i18n.t(`shell:exports.${kind}`), (signal) => open(kind, what, signal))

/** Follows the writing of a file to its end; its progress, the way to stop it and its result are one toast. */
export const followExport = async (
  name: string,
  begin: (signal: AbortSignal) => Promise<AsyncIterable<Progress>>,
): Promise<void> => {
  const ending = new AbortController()
  let toast: number | null = null
  const say = (next: Omit<Toast, 'id'>): void => {
    if (toast === null) toast = showToast(next)
    else replaceToast(toast, next)
  }
  const cancel = (): void => {
    ending.abort()
    say({ tone: 'warning', title: i18n.t('shell:exports.cancelled', { name }) })
  }
  try {
    for await (const progress of await begin(ending.signal)) {
      if (ending.signal.aborted || isDeclined(progress)) return
      say(toastOf(name, progress, cancel))
    }
  } catch (thrown) {
    const failure = failureIn(thrown)
    if (!ending.signal.aborted) say(failedToast(name, failure))
  }
}
