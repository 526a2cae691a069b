import type { RewrapNews } from '#protocol/sealed-desktop.ts'
import type { SealClass } from '#protocol/sealed-value.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { cell } from '../../app/live.ts'
import { sayFailure } from '../../app/submit.ts'

export interface Rewrapping {
  readonly class: SealClass
  readonly custodian: string
  readonly news: RewrapNews | null
  cancel(): void
}

/** The rewrap that this window runs, whichever tab is shown meanwhile; null: none. */
export const rewrapping = cell<Rewrapping | null>(null)

/** Hands a custodian the keys from before. @param done what to say at the end */
export const startRewrap = async (
  wish: { readonly class: SealClass; readonly custodian: string; readonly using: 'own' | 'paper' },
  done: (news: RewrapNews) => void,
): Promise<void> => {
  const ending = new AbortController()
  const { class: sealClass, custodian } = wish
  const cancel = (): void => ending.abort()
  rewrapping.set(() => ({ class: sealClass, custodian, news: null, cancel }))
  let last: RewrapNews | null = null
  try {
    for await (const news of await desktop.sealed.rewrap(wish, { signal: ending.signal })) {
      last = news
      rewrapping.set(() => ({ class: sealClass, custodian, news, cancel }))
    }
  } catch (thrown) {
    const failure = failureIn(thrown)
    const quiet = ending.signal.aborted || failure.code === 'vault.declined' || failure.code === 'file.not-chosen'
    if (!quiet) sayFailure(failure)
  } finally {
    rewrapping.set(() => null)
  }
  if (ending.signal.aborted && last) done({ ...last, state: 'cancelled' })
  else if (last && last.state !== 'running') done(last)
}
