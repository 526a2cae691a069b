import { open } from 'node:fs/promises'
import { app } from 'electron'
import { bundleName } from '#main/audit/bundle/name.ts'
import { createReview } from '#main/audit/review/review.ts'
import { writeCertificate } from '#main/exports/certificate.ts'
import type { DraftFile } from '#main/exports/draft-file.ts'
import { writeReviewCsv } from '#main/exports/review-csv.ts'
import { runExport } from '#main/exports/running.ts'
import { createReviewKeys } from '#main/ipc/review-keys.ts'
import type { Services } from '#main/ipc/services.ts'
import { unlocked } from '#main/ipc/unlocked.ts'
import type { OpenedSessionKey } from '#main/vault/openpgp/key-access.ts'
import type { Settings } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { type ReportData, type ReportWish, reportRows } from '#protocol/review.ts'
import { chooseToOpen, chooseToSave } from './file-dialogs.ts'
import { bundleExtensions } from './launch-options.ts'
import type { Locations } from './locations.ts'
import type { ReportPrinter } from './report-printer.ts'
import type { Say } from './texts.ts'

export interface ReviewParts {
  readonly locations: Locations
  readonly keys: Services['keys']
  readonly printer: ReportPrinter
  readonly say: Say
  locale(): Settings['locale']
}

export type ReviewServices = Services['review'] & {
  /** Asks for a bundle over a window and opens it. */
  ask(window: number): Promise<void>
  stop(): Promise<void>
}

const bundles = [{ name: 'Libral', extensions: [...bundleExtensions.map((it) => it.slice(1)), 'pgp', 'gpg'] }]
const keyFiles = [{ name: 'Keys', extensions: ['txt', 'asc', 'pgp', 'gpg', 'vkey'] }]
const handedKeys = [{ name: 'Libral', extensions: ['lbkeys'] }]
/** What is written, by its ending. */
const files = {
  csv: [{ name: 'CSV', extensions: ['csv'] }],
  report: [{ name: 'PDF', extensions: ['pdf'] }],
  certificate: [{ name: 'Libral', extensions: ['libral-certificate'] }],
}

/** The review of the app, with the dialogs, the vault that opens encrypted bundles, and the printer of reports. */
export function createReviewServices({ locations, keys, printer, say, locale }: ReviewParts): ReviewServices {
  const review = createReview({
    userData: locations.userData,
    directory: locations.review,
    sessionKeyOf: async (file) => ((await isMessage(file)) ? sessionKeyOf(file, keys) : null),
  })
  const handed = createReviewKeys(review, keys)
  const drafts = new Set<DraftFile>()

  const dataOf = async (wish: ReportWish): Promise<ReportData> => {
    const state = review.state()
    if (state.phase !== 'open') throw new LibralError('review.not-open')
    const { file, verdict, summary } = state
    const [{ rows }, matching, policies, sample] = await Promise.all([
      review.call('query', { filter: wish.filter, descending: false, after: null, limit: reportRows }),
      review.call('total', wish.filter),
      review.call('policies'),
      wish.sample === null ? null : review.call('sample', wish.sample),
    ])
    return {
      ...{ wish, file, verdict, summary, rows: [...rows], matching, policies: [...policies] },
      trusted: [...(await review.trusted())],
      notes: [...review.notes()],
      sample: sample && { population: sample.population, rows: [...sample.rows] },
      version: app.getVersion(),
      at: Date.now(),
    }
  }

  const chosen = async (window: number, what: keyof typeof files, name: string): Promise<string | null> => {
    const filters = files[what]
    try {
      return await chooseToSave(window, name, { title: say(`review.${what}`), filters })
    } catch (declined) {
      if (declined instanceof LibralError && declined.code === 'file.not-chosen') return null
      throw declined
    }
  }
  const nameOf = (ending: string): string => {
    const state = review.state()
    const bundle = state.phase === 'open' ? state.file.replace(/\.[^.]*$/u, '') : 'review'
    return `${bundle}.${ending}`
  }
  const chooseBundle = (window: number): Promise<string> =>
    chooseToOpen(window, { title: say('review.open'), filters: bundles })

  return {
    review,
    handed,
    chooseBundle,
    chooseKeys: (window) => chooseToOpen(window, { title: say('review.keys'), filters: keyFiles }),
    chooseKeyFile: (window) => chooseToOpen(window, { title: say('review.key-file'), filters: handedKeys }),
    async ask(window) {
      const file = await chooseBundle(window).catch(() => null)
      if (file !== null) await review.open(file)
    },
    csv: (window, wish, signal) =>
      runExport(
        () => chosen(window, 'csv', nameOf('csv')),
        (draft, ending) => writeReviewCsv(draft, review, wish, locale(), ending),
        signal,
        drafts,
      ),
    certify: (window, wish, signal) => {
      const state = review.state()
      const origin = state.phase === 'open' ? state.verdict.manifest?.origin : undefined
      if (origin === undefined) throw new LibralError('review.not-open')
      return runExport(
        () => chosen(window, 'certificate', bundleName({ origin, kind: 'certificate', ...wish }, false)),
        (draft, ending) => writeCertificate(draft, review, wish, ending),
        signal,
        drafts,
      )
    },
    report: (window, wish, signal) =>
      runExport(
        () => chosen(window, 'report', nameOf('pdf')),
        async function* (draft, ending) {
          const data = await dataOf(wish)
          yield { rows: 0, total: data.rows.length }
          await draft.write(await printer.print({ kind: 'report', data }, ending))
          yield { rows: data.rows.length, total: data.rows.length }
        },
        signal,
        drafts,
      ),
    async stop() {
      for (const draft of [...drafts]) await draft.discard()
      await review.close()
    },
  }
}

/** OpenPGP, armored or binary: a bundle begins with text. */
async function isMessage(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new LibralError('file.unreadable', {}, { cause })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0)
    const head = buffer.subarray(0, bytesRead)
    return ((head[0] ?? 0) & 0x80) !== 0 || head.toString('latin1').startsWith('-----BEGIN PGP MESSAGE')
  } finally {
    await handle.close()
  }
}

/** The vault opens the key of this one message; the review decrypts with it as it reads. */
async function sessionKeyOf(file: string, keys: Services['keys']): Promise<OpenedSessionKey> {
  await unlocked(keys, -1)
  const { algorithm, key } = await keys.call(-1, (client) => client.messages.openKey({ file }))
  return { algorithm, data: Buffer.from(key, 'base64') }
}
