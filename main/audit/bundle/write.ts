import type { DraftFile } from '#main/exports/draft-file.ts'
import { encryptMessage } from '#main/vault/openpgp/encrypt.ts'
import type { PublicKey } from '#main/vault/stateless/material.ts'
import { LibralError } from '#protocol/errors.ts'
import { type BundlePlan, bundleParts, type LogToBundle } from '#trust/bundle/make.ts'
import { writeBundle } from '#trust/bundle/writer.ts'

/** The bytes for those alone who hold a key of one of these certificates; for everyone where there are none. */
export const readableTo = (
  recipients: readonly PublicKey[],
  bytes: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> =>
  recipients.length === 0 ? bytes : encryptMessage({ size: null, open: () => bytes }, { recipients })

/**
 * Writes a planned bundle, telling the entries written after each piece. In bounded memory.
 * @throws LibralError `export.cancelled`, `storage.full`, `export.write-failed`, `openpgp.recipient-unusable`, and what the
 *   log throws
 */
export async function* writeBundleTo(
  draft: Pick<DraftFile, 'write'>,
  log: LogToBundle,
  plan: BundlePlan,
  recipients: readonly PublicKey[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly rows: number; readonly total: number }, void, undefined> {
  const total = plan.manifest.to - plan.manifest.from
  let rows = 0
  const plain = writeBundle(
    bundleParts(log, plan, (done) => {
      rows = done
    }),
  )
  for await (const piece of readableTo(recipients, plain)) {
    if (signal.aborted) throw new LibralError('export.cancelled')
    await draft.write(piece)
    yield { rows, total }
  }
  yield { rows: total, total }
}
