import { LibralError } from '#protocol/errors.ts'
import { speakingBefore, speakingBehind } from '#trust/bundle/speaking.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Implementer } from './router.ts'

/** Entries that one question about what they speak of looks through. */
const mostLookedThrough = 10_000
/** Pieces of evidence in one answer. */
const mostListed = 1_000
/** Earlier heads that go with a bundle: those that witnesses signed. */
const mostHeads = 32
const mostWitnesses = 64

/** What a desktop writes a bundle from: it asks piece by piece, so that neither side holds more than one. */
export const bundleRoutes = (os: Implementer, { log, bundle, witnesses, read }: Kernel) => {
  const within = async (from: number, to: number): Promise<void> => {
    const { size } = await log.head()
    if (from >= to || to > size) throw new LibralError('log.out-of-range', { index: to, size })
  }
  return {
    head: os.bundle.head.handler(async ({ input: { from, to } }) => {
      const head = await witnesses.published('now')
      if (from >= (to ?? head.size) || (to ?? 0) > head.size)
        throw new LibralError('log.out-of-range', { index: to ?? from, size: head.size })
      const signed = (await witnesses.latest(mostHeads)).filter((one) => one.witnesses.length > 0)
      const keys = new Set([head, ...signed].flatMap((one) => one.witnesses.map(({ key }) => key)))
      return {
        note: head.note,
        notes: signed.filter(({ size }) => size !== head.size && size > 0).map(({ note }) => note),
        witnesses: [...keys].slice(0, mostWitnesses),
      }
    }),
    bytes: os.bundle.bytes.handler(async ({ input: { from, to } }) => {
      await within(from, to)
      return { bytes: await bundle.bytesIn(from, to) }
    }),
    frontier: os.bundle.frontier.handler(async ({ input: { size } }) => {
      if (size > 0) await within(0, size)
      return { hashes: (await bundle.frontier(size)).map(toBase64url) }
    }),
    speaking: os.bundle.speaking.handler(async ({ input: { which, from, to } }) => {
      await within(from, to)
      const until = Math.min(to, from + mostLookedThrough)
      const entries: { index: number; bytes: number }[] = []
      const types = which === 'before' ? speakingBefore : speakingBehind
      for await (const entry of bundle.speaking(types, from, until)) entries.push(entry)
      return { entries, next: until < to ? until : null }
    }),
    entries: os.bundle.entries.handler(async ({ input: { from, to }, context: { connection } }) => {
      await within(from, to)
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      const entries = await bundle.entries(from, to)
      // Here and not where the head is asked for: a client could do without it, and asking for a size reads nothing.
      read(connection.principal.operator, 'bundle', entries.length)
      return { entries: entries.map((bytes) => decoder.decode(bytes)) }
    }),
    evidence: os.bundle.evidence.handler(async ({ input: { from, to, after } }) => {
      await within(from, to)
      const evidence = await bundle.evidencePage(from, to, after, mostListed)
      return { evidence: [...evidence], more: evidence.length === mostListed }
    }),
    evidenceBytes: os.bundle.evidenceBytes.handler(async ({ input: { digest } }) => ({
      bytes: toBase64url(await bundle.evidenceBytes(digest)),
    })),
  }
}
