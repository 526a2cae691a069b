import { failureIn } from './failure.ts'
import { sayFailure } from './submit.ts'
import { showToast } from './toasts.ts'

/** Closing a dialog or the vault's window is an answer, not a failure. */
const declined = new Set(['vault.declined', 'file.not-chosen'])

/** Runs an operation of main's; says what came of it. null: it failed or was declined. */
export const act = async <T>(run: () => Promise<T>, done?: (value: T) => string): Promise<T | null> => {
  try {
    const value = await run()
    if (done !== undefined) showToast({ tone: 'ok', title: done(value) })
    return value
  } catch (thrown) {
    const failure = failureIn(thrown)
    if (!declined.has(failure.code)) sayFailure(failure)
    return null
  }
}
