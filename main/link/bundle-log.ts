import type { BundleOrder, LogToBundle, SizedEntry, SizedEvidence } from '#trust/bundle/make.ts'
import { speakingBehind } from '#trust/bundle/speaking.ts'
import { fromBase64url, utf8 } from '#trust/bytes.ts'
import { type BackendClient, call } from './wire.ts'

/**
 * A backend's log, for a bundle of this range: its head is taken here, and what comes later is not in it.
 * @throws LibralError `log.out-of-range`, `command.not-permitted`, and those of the call; each question can throw them, too
 */
export const bundleLog = async (
  client: BackendClient,
  { kind, from, to }: Pick<BundleOrder, 'kind' | 'from' | 'to'>,
): Promise<LogToBundle> => {
  const { note, notes, witnesses } = await call((limit) => client.bundle.head({ kind, from, to }, limit))
  return {
    head: async () => note,
    cosigned: { notes, witnesses },
    entries: async (first, end) => {
      const { entries } = await call((limit) => client.bundle.entries({ from: first, to: end }, limit))
      return entries.map(utf8)
    },
    bytesIn: async (first, end) => (await call((limit) => client.bundle.bytes({ from: first, to: end }, limit))).bytes,
    frontier: async (size) =>
      (await call((limit) => client.bundle.frontier({ size }, limit))).hashes.map(fromBase64url),
    inclusion: async (index, size) =>
      (await call((limit) => client.log.inclusion({ index, size }, limit))).proof.map(fromBase64url),
    consistency: async (first, end) =>
      (await call((limit) => client.log.consistency({ from: first, to: end }, limit))).proof.map(fromBase64url),
    speaking: async function* (types, first, end): AsyncGenerator<SizedEntry> {
      const which = types === speakingBehind ? 'behind' : 'before'
      for (let at: number | null = first; at !== null && at < end; ) {
        const range = { which, from: at, to: end } as const
        const answer: Awaited<ReturnType<BackendClient['bundle']['speaking']>> = await call((limit) =>
          client.bundle.speaking(range, limit),
        )
        yield* answer.entries
        at = answer.next
      }
    },
    evidence: async function* (first, end): AsyncGenerator<SizedEvidence> {
      for (let after: SizedEvidence | null = null; ; ) {
        const range = { from: first, to: end, after: after && { index: after.index, digest: after.digest } }
        const answer: Awaited<ReturnType<BackendClient['bundle']['evidence']>> = await call((limit) =>
          client.bundle.evidence(range, limit),
        )
        yield* answer.evidence
        after = answer.evidence.at(-1) ?? null
        if (after === null || !answer.more) return
      }
    },
    evidenceBytes: async (digest) =>
      fromBase64url((await call((limit) => client.bundle.evidenceBytes({ digest }, limit))).bytes),
  }
}
