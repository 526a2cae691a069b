import type { Settings } from '#protocol/desktop.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { sayFailure } from '../../app/submit.ts'

/** Main keeps the settings and pushes them back; a refusal is said and nothing changes on the screen. */
export const changeSettings = async (change: Partial<Settings>): Promise<void> => {
  try {
    await desktop.settings.change(change)
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}
