import { logKeyOf } from '#main/audit/compare.ts'
import type { AskHead, Offered, Witness } from '#main/audit/witness.ts'
import { failureOf } from '#protocol/errors.ts'
import type { Hello } from '#protocol/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { earlierKeys } from '#trust/log-keys.ts'
import { firstId } from '#trust/restoration.ts'
import type { NoteKey } from '#trust/tlog/note.ts'
import { type BackendClient, call } from './wire.ts'

/** A head as it came over the wire. */
export const offeredOf = ({ note, proof }: { readonly note: string; readonly proof: readonly string[] }): Offered => ({
  note,
  proof: proof.map(fromBase64url),
})

/** Asks a backend for the signed head of its log. @throws LibralError that of the call */
export const askHead =
  (client: BackendClient): AskHead =>
  async (seen) =>
    offeredOf(await call((limit) => client.log.checkpoint({ seen }, limit)))

/**
 * Hands this desktop's signature under a published head over, where it is still wanted. A head that was published after the
 * check, or is forgotten by now, says nothing against the log, nor does a person's setting aside of what was seen: the next
 * look signs the next one.
 */
export const handCosignature = async (client: BackendClient, log: NoteKey, witness: Witness): Promise<void> => {
  try {
    let wanted = false
    const cosigned = await witness.cosign(log, async (head) => {
      const published = await call((limit) => client.log.published({ head }, limit))
      wanted = published.wanted
      return offeredOf(published)
    })
    if (wanted) await call((limit) => client.log.cosign(cosigned, limit))
  } catch (error) {
    const { code } = failureOf(error)
    if (code !== 'log.out-of-range' && code !== 'log.unseen') throw error
  }
}

/** Whose signature a head must carry, as the backend introduced itself. */
export const logKeyIn = ({ deployment, logKey }: Hello): NoteKey => logKeyOf(deployment, fromBase64url(logKey))

/** Keys that the log had before the one that it introduces itself with, base64url. */
export const earlierKeysIn = ({ deployment, logKey, handovers = [], restorations = [] }: Hello): readonly string[] => {
  // A key is handed over under the id that the log had then.
  const ids = [deployment, ...restorations.map(({ statement }) => statement.previous)]
  return ids.flatMap((id) => [...earlierKeys(id, logKey, handovers)])
}

/** The id that the log began with. */
export const firstIdIn = (hello: Hello): string =>
  firstId(hello.deployment, hello.restorations ?? [], [hello.logKey, ...earlierKeysIn(hello)])
