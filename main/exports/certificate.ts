import type { Review } from '#main/audit/review/review.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CertificateWish } from '#protocol/review.ts'
import type { DraftFile } from './draft-file.ts'

/**
 * A certificate of entries of the bundle that is open, as the review's thread makes it.
 * @yields 0, then the number of entries once all of it is written
 */
export async function* writeCertificate(
  draft: Pick<DraftFile, 'write'>,
  review: Pick<Review, 'call'>,
  wish: CertificateWish,
  signal: AbortSignal,
): AsyncGenerator<{ readonly rows: number; readonly total: number }, void> {
  const total = wish.to - wish.from
  // It fails only where the review has ended already.
  const end = (): void => void review.call('certificateEnd').catch(() => {})
  signal.addEventListener('abort', end, { once: true })
  try {
    await review.call('certify', wish)
    for (;;) {
      const piece = await review.call('certificatePiece')
      if (signal.aborted) throw new LibralError('export.cancelled')
      if (piece === null) break
      await draft.write(piece)
      yield { rows: 0, total }
    }
    yield { rows: total, total }
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}
