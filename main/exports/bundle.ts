import { bundleName } from '#main/audit/bundle/name.ts'
import type { BundleOrderWish } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { ExportProgress } from '#protocol/exports.ts'
import { type BundlePlan, type LogToBundle, planBundle } from '#trust/bundle/make.ts'
import type { DraftFile } from './draft-file.ts'
import type { ExportsOptions } from './exports.ts'
import { runExport } from './running.ts'

/** The library comes with the first encrypted bundle. */
const certificatesOf = async (rows: ExportsOptions['rows'], fingerprints: readonly string[]) => {
  const { registeredKey } = await import('#trust/openpgp/certificate.ts')
  return Promise.all(
    fingerprints.map(async (fingerprint) => {
      const row = await rows.get('session.certificates', fingerprint)
      const text = row !== null && typeof row === 'object' && 'certificate' in row ? row['certificate'] : null
      if (typeof text !== 'string') throw new LibralError('openpgp.recipient-unusable', { fingerprint })
      return registeredKey(text)
    }),
  )
}

/** Reads the range once for its size, and a second time while it writes. */
export const planFor = async (
  log: ExportsOptions['log'],
  order: BundleOrderWish,
): Promise<{ readonly source: LogToBundle; readonly plan: BundlePlan }> => {
  const source = await log.toBundle(order)
  return { source, plan: await planBundle(source, { ...order, at: Date.now(), by: null }) }
}

/** Saves a bundle to a file that the operator chose. */
export async function* runBundle(
  options: ExportsOptions,
  window: number,
  order: BundleOrderWish,
  recipients: readonly string[],
  signal: AbortSignal,
  drafts: Set<DraftFile>,
): AsyncGenerator<ExportProgress, void> {
  const { writeBundleTo } = await import('#main/audit/bundle/write.ts')
  const { source, plan } = await planFor(options.log, order)
  const certificates = await certificatesOf(options.rows, recipients)
  yield* runExport(
    () => options.choose(window, 'bundle', bundleName(plan.manifest, recipients.length > 0)),
    (draft, ending) => writeBundleTo(draft, source, plan, certificates, ending),
    signal,
    drafts,
  )
}
