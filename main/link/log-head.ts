import { logKeyOf } from '#main/audit/compare.ts'
import type { AskHead } from '#main/audit/witness.ts'
import type { Hello } from '#protocol/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import type { NoteKey } from '#trust/tlog/note.ts'
import { type BackendClient, call } from './wire.ts'

/** Asks a backend for the signed head of its log. @throws LibralError that of the call */
export const askHead =
  (client: BackendClient): AskHead =>
  async (seen) => {
    const { note, proof } = await call((limit) => client.log.checkpoint({ seen }, limit))
    return { note, proof: proof.map(fromBase64url) }
  }

/** Whose signature a head must carry, as the backend introduced itself. */
export const logKeyIn = ({ deployment, logKey }: Hello): NoteKey => logKeyOf(deployment, fromBase64url(logKey))
