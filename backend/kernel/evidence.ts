import { LibralError } from '#protocol/errors.ts'
import { maxEvidence, maxEvidenceBytes } from '#protocol/evidence.ts'
import type { Instant } from '#protocol/ids.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import type { EvidenceStore, Writer } from '../storage/port.ts'
import { inboxLimits } from './inbox.ts'
import type { NewEvent } from './module.ts'

/** Bytes beside the log, which entries name by their SHA-256 (docs/decisions/0083). */
export interface Evidence {
  /** Answers their digest. @throws LibralError `input.too-large`, and what the storage throws */
  keep(bytes: Uint8Array): Promise<string>
  /** Deletes what no entry named within the days that the inbox keeps what it got. */
  sweep(): Promise<number>
}

export const createEvidence = ({ evidence }: { readonly evidence: EvidenceStore }, now: () => Instant): Evidence => ({
  keep: async (bytes) => {
    const limit = maxEvidenceBytes
    if (bytes.byteLength > limit) throw new LibralError('input.too-large', { bytes: bytes.byteLength, limit })
    const digest = toBase64url(sha256(bytes))
    await evidence.keep(digest, bytes, now())
    return digest
  },
  sweep: () => evidence.sweep(now() - inboxLimits.keepMs),
})

/** Digests that events name, each once. */
export const evidenceOf = (events: readonly NewEvent[]): readonly string[] => [
  ...new Set(events.flatMap(({ definition, data }) => definition.evidence?.(data) ?? [])),
]

/** @throws LibralError `evidence.missing`: an entry never names what nobody could bring; `command.too-large` */
export const assertKept = async (digests: readonly string[], { kept }: Writer['evidence']): Promise<void> => {
  if (digests.length > maxEvidence)
    throw new LibralError('command.too-large', { evidence: digests.length, limit: maxEvidence })
  const there = await kept(digests)
  const digest = digests.find((one) => !there.has(one))
  if (digest !== undefined) throw new LibralError('evidence.missing', { digest })
}
