import type { BundleProgress, TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { BundlePart } from './format.ts'
import type { Hands } from './hands.ts'

/** What a verification goes by. */
export interface VerifyOptions {
  /** Keys that a person entered on this machine. */
  readonly trusted: readonly TrustedKey[]
  /** Notes of checkpoints of this log that were kept elsewhere. */
  readonly seen?: readonly string[]
  readonly hands?: Hands
  readonly progress?: (progress: BundleProgress) => void
  readonly signal?: AbortSignal
  /** Leaves out what entries say: for who wants to know of the tree alone. */
  readonly treeOnly?: boolean
  /**
   * Gets each part, in order, as it is read the second time and before anything of it is judged: who keeps something of a
   * bundle reads it along with the verification. Bytes are views of a frame that is handed on afterwards.
   */
  readonly read?: (part: BundlePart) => void | Promise<void>
  /** How each entry of the range stands, in order: one octet an entry, its place in `entryStandings`. */
  readonly judged?: (from: number, standings: Uint8Array) => void | Promise<void>
}

/** @throws LibralError `bundle.cancelled` */
export const assertGoing = ({ signal }: Pick<VerifyOptions, 'signal'>): void => {
  if (signal?.aborted) throw new LibralError('bundle.cancelled')
}
