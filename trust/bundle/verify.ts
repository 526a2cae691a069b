import type { BundleVerdict } from '#protocol/bundle.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import { FirstPass } from './first-pass.ts'
import type { VerifyOptions } from './options.ts'
import type { BundleBytes } from './reader.ts'
import { SecondPass } from './second-pass.ts'
import { unreadable, verdictOf } from './verdict.ts'

/**
 * Verifies a bundle. It is read twice, each time in bounded memory: first for the file itself, the tree and the
 * checkpoints, then for what every entry says and who signed it. Whatever is wrong is in the verdict.
 * @param open the file from its beginning; called twice
 * @throws LibralError `bundle.not-a-bundle`, `bundle.encrypted`, `bundle.newer-version`: nothing of it can be looked at;
 *   `bundle.changed`: it was another file the second time; `bundle.cancelled`; of what was seen
 *   elsewhere `log.note-malformed`, `log.other-log`; and what reading throws
 */
export const verifyBundle = async (open: () => BundleBytes, options: VerifyOptions): Promise<BundleVerdict> => {
  const first = new FirstPass(options)
  const failure = await containerFailure(first.run(open()))
  if (failure !== null) return unreadable(first, failure, options)
  const tree = first.judged()
  const second = new SecondPass(options, first, tree)
  if (options.treeOnly !== true) await second.run(open())
  return verdictOf(first, tree, second, options)
}

/** Faults of the file end the work and are its verdict. */
const containerFailure = async (work: Promise<void>): Promise<Failure | null> => {
  try {
    await work
    return null
  } catch (thrown) {
    const faults = ['bundle.truncated', 'bundle.damaged', 'bundle.malformed']
    if (thrown instanceof LibralError && faults.includes(thrown.code)) return thrown.failure
    throw thrown
  }
}
