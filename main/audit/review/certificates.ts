import type { BundleVerdict } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { planPart } from '#trust/bundle/from-bundle.ts'
import { bundleParts } from '#trust/bundle/make.ts'
import { writeBundle } from '#trust/bundle/writer.ts'
import type { BundleFile } from '../bundle/file.ts'
import type { ReviewCalls } from './messages.ts'

/** Certificates of entries of the bundle that is open, one at a time, handed out piece by piece as they are asked for. */
export const createCertificates = (
  file: BundleFile,
  verdict: BundleVerdict,
): Pick<ReviewCalls, 'certify' | 'certificatePiece' | 'certificateEnd'> => {
  let stop = new AbortController()
  let pieces: AsyncGenerator<Uint8Array> | null = null
  const end = async (): Promise<void> => {
    stop.abort()
    const before = pieces
    pieces = null
    await before?.return(undefined)
  }
  return {
    async certify({ from, to }) {
      await end()
      stop = new AbortController()
      const { signal } = stop
      // Nothing of a bundle that does not hold is handed on as a proof.
      if (verdict.outcome === 'failed') throw new LibralError('bundle.failed', { findings: verdict.found })
      const order = { kind: 'certificate', from, to, at: Date.now(), by: null } as const
      const part = await planPart(file.open, order, { signal })
      if (signal.aborted || part.digest !== verdict.digest) {
        await part.close()
        throw new LibralError(signal.aborted ? 'bundle.cancelled' : 'bundle.changed')
      }
      pieces = closing(writeBundle(bundleParts(part.log, part.plan)), part.close)
      return { manifest: part.plan.manifest, bytes: part.plan.bytes }
    },
    async certificatePiece() {
      const next = await pieces?.next()
      return next === undefined || next.done ? null : next.value
    },
    certificateEnd: end,
  }
}

async function* closing<T>(items: AsyncIterable<T>, close: () => Promise<void>): AsyncGenerator<T, void, undefined> {
  try {
    yield* items
  } finally {
    await close()
  }
}
