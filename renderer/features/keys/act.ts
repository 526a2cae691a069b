import i18n from 'i18next'
import { failureIn } from '../../app/failure.ts'
import { sayFailure } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'

/** Closing a dialog or the vault's window is an answer, not a failure. */
const declined = new Set(['vault.declined', 'file.not-chosen'])

/** Runs one of the vault's operations; says what came of it. null: it failed or was declined. */
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

export const sayKeys = (key: 'extended' | 'rotated' | 'removed' | 'revoked' | 'copied') => () => i18n.t(`keys:${key}`)
