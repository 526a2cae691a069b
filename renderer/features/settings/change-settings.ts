import type { Settings } from '#protocol/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { changeSettings as change } from '../../app/streams.ts'
import { sayFailure } from '../../app/submit.ts'

/** Shown at once; a refusal is said, and the screen goes back to what is kept. */
export const changeSettings = async (part: Partial<Settings>): Promise<void> => {
  try {
    await change(part)
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}
