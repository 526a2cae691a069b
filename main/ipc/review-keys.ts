import { basename } from 'node:path'
import type { HandOverFound } from '#main/audit/review/messages.ts'
import type { Review } from '#main/audit/review/review.ts'
import { LibralError } from '#protocol/errors.ts'
import type { KeyFileState, KeyFileView } from '#protocol/review.ts'
import type { KeyFileHead } from '#protocol/sealed-hand-over.ts'
import type { Services } from './services.ts'
import { unlocked } from './unlocked.ts'

/** The key file (鍵ファイル) of the review that is open. Its keys are in the vault's process alone. */
export interface ReviewKeys {
  state(): KeyFileState
  onState(listener: (state: KeyFileState) => void): () => void
  /** In place of the one that is open. @throws LibralError `review.not-open`, `sealed.*`, `vault.*` */
  open(window: number, file: string): Promise<void>
  /** Shows what an entry sealed, in the vault's window. @throws LibralError `sealed.*` */
  show(window: number, index: number): Promise<{ readonly matches: boolean }>
  close(): Promise<void>
}

interface Opened {
  readonly grant: string
  readonly view: KeyFileView
}

/** Keys go with the review that they were opened for, and with the vault. */
export const createReviewKeys = (review: Review, keys: Services['keys']): ReviewKeys => {
  const listeners = new Set<(state: KeyFileState) => void>()
  let opened: Opened | null = null
  const state = (): KeyFileState => ({ open: opened?.view ?? null })
  const become = (next: Opened | null): void => {
    if (opened === next) return
    opened = next
    for (const listener of [...listeners]) listener(state())
  }
  const drop = async ({ grant }: Pick<Opened, 'grant'>): Promise<void> => {
    // A vault that was locked meanwhile took them along.
    if (keys.state().state !== 'unlocked') return
    await keys.call(-1, (vault) => vault.sealed.dropKeys({ grant })).catch(() => undefined)
  }
  const close = async (): Promise<void> => {
    const before = opened
    become(null)
    if (before !== null) await drop(before)
  }
  review.onState(({ phase }) => {
    if (phase !== 'open') void close()
  })
  keys.onState(({ state: vault }) => {
    if (vault !== 'unlocked') become(null)
  })
  return {
    state,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async open(window, file) {
      const under = review.state()
      const { deployments, certificates } = await review.call('logNames')
      await unlocked(keys, window)
      const wish = { file, deployments: [...deployments], certificates: certificates.map((it) => it.certificate) }
      const read = await keys.call(window, (vault) => vault.sealed.openKeyFile(wish as never))
      try {
        const found = await review.call('handOver', read.head.command)
        if (found !== null && !agrees(found, read.head)) throw new LibralError('sealed.keys-unrecorded')
        // A certificate that this log registered for somebody else vouches for nothing here.
        const owner = certificates.find(({ fingerprint }) => fingerprint === read.signer)?.operator
        if (owner !== undefined && owner !== read.head.custodian) throw new LibralError('sealed.keys-unsigned')
        const { v: _v, kind: _kind, deployment: _deployment, ...head } = read.head
        // Closed, or another one opened, while the person was asked.
        if (review.state() !== under) throw new LibralError('review.not-open')
        await close()
        become({
          grant: read.grant,
          view: {
            ...{ file: basename(file), head, counts: read.counts },
            signature: owner === undefined ? 'unknown' : read.signature,
            record: found && { index: found.index, standing: found.standing },
          },
        })
      } catch (thrown) {
        await drop(read)
        throw thrown
      }
    },
    async show(window, index) {
      const entry = await review.call('sealed', index)
      if (opened === null) throw new LibralError('sealed.keys-missing')
      const { grant } = opened
      return keys.call(window, (vault) => vault.sealed.showEntry({ grant, entry: entry as never }))
    },
    close,
  }
}

/** Whether a file is what its record says: same class, range, receiver and custodian. */
const agrees = (found: HandOverFound, head: KeyFileHead): boolean =>
  found.standing !== 'failed' &&
  found.operator === head.custodian &&
  found.class === head.class &&
  found.from === head.from &&
  found.to === head.to &&
  found.fingerprint === head.receiver
