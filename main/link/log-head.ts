import { logKeyOf } from '#main/audit/compare.ts'
import type { AskHead, Offered, Witness } from '#main/audit/witness.ts'
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

/** Hands this desktop's signature under the published head over, where it is still wanted. */
export const handCosignature = async (client: BackendClient, log: NoteKey, witness: Witness): Promise<void> => {
  const seen = witness.seen()
  if (seen === null) return
  const head = seen.checkpoint.size
  const { note, proof, wanted } = await call((limit) => client.log.published({ head }, limit))
  const cosigned = await witness.cosign(log, { note, proof: proof.map(fromBase64url) })
  if (wanted) await call((limit) => client.log.cosign(cosigned, limit))
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
