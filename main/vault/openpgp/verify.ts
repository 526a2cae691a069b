import { LibralError } from '#protocol/errors.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { dearmored } from './armor.ts'
import { ByteReader, type Bytes, eachPiece } from './byte-reader.ts'
import { held, nextPacket } from './framing.ts'
import { PendingSignatures } from './pending-signatures.ts'

const signatureTag = 2
const piece = 256 * 1024

/**
 * Judges detached signatures (armored or binary) over a document, in one pass over it.
 * @throws LibralError `openpgp.not-signed`, `openpgp.malformed`, `openpgp.truncated`
 */
export async function verifyDetached(
  document: Bytes,
  signature: Bytes,
  judgement: Judgement,
): Promise<readonly SignatureVerdict[]> {
  const signatures = await readSignatures(signature)
  for await (const _ of eachPiece(document, piece, (part) => signatures.update(part)));
  return signatures.verdicts(judgement)
}

export async function readSignatures(source: Bytes): Promise<PendingSignatures> {
  const signatures = new PendingSignatures()
  const reader = new ByteReader(dearmored(source))
  for (let packet = await nextPacket(reader); packet !== null; packet = await nextPacket(reader)) {
    const body = await held(packet)
    if (packet.tag !== signatureTag) throw new LibralError('openpgp.malformed', { what: 'signature' })
    signatures.foresee(body)
  }
  if (signatures.count === 0) throw new LibralError('openpgp.not-signed')
  return signatures
}
