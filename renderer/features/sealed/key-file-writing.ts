import type { CommandId } from '#protocol/ids.ts'
import type { KeyFileNews } from '#protocol/sealed-desktop.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { cell } from '../../app/live.ts'
import { sayFailure } from '../../app/submit.ts'

export interface KeyFileWriting {
  readonly id: string
  readonly news: KeyFileNews | null
  cancel(): void
}

/** The key file that this window has written, whichever tab is shown meanwhile; null: none. */
export const keyFileWriting = cell<KeyFileWriting | null>(null)

/** Writes the key file of a recorded hand-over. @param done what to say once it is whole */
export const writeKeyFile = async (id: CommandId, done: (news: KeyFileNews) => void): Promise<void> => {
  const ending = new AbortController()
  const cancel = (): void => ending.abort()
  keyFileWriting.set(() => ({ id, news: null, cancel }))
  let last: KeyFileNews | null = null
  try {
    for await (const news of await desktop.sealed.writeKeyFile({ id }, { signal: ending.signal })) {
      last = news
      keyFileWriting.set(() => ({ id, news, cancel }))
    }
  } catch (thrown) {
    const failure = failureIn(thrown)
    const quiet = ending.signal.aborted || failure.code === 'vault.declined' || failure.code === 'file.not-chosen'
    if (!quiet) sayFailure(failure)
  } finally {
    keyFileWriting.set(() => null)
  }
  if (last?.state === 'done') done(last)
}
