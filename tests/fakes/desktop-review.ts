import { implement, ORPCError } from '@orpc/server'
import { reviewContract } from '#protocol/review.ts'

/** No bundle is open: the screens over one are tried on a real one, in tests/e2e. */
export const fakeReview = () => {
  const os = implement(reviewContract)
  const closed = (): never => {
    throw new ORPCError('BAD_REQUEST', { data: { code: 'review.not-open', params: {} } })
  }
  const done = (): Record<string, never> => ({})
  return os.router({
    watch: os.watch.handler(async function* () {
      yield { phase: 'none' as const }
      await new Promise(() => {})
    }),
    open: os.open.handler(done),
    close: os.close.handler(done),
    trusted: os.trusted.handler(() => []),
    trust: os.trust.handler(done),
    trustFile: os.trustFile.handler(() => ({ added: 0 })),
    distrust: os.distrust.handler(done),
    facets: os.facets.handler(closed),
    query: os.query.handler(closed),
    count: os.count.handler(closed),
    entry: os.entry.handler(closed),
    policies: os.policies.handler(closed),
    notes: os.notes.handler(closed),
    note: os.note.handler(closed),
    sample: os.sample.handler(closed),
    watchKeys: os.watchKeys.handler(async function* () {
      yield { open: null }
      await new Promise(() => {})
    }),
    openKeys: os.openKeys.handler(closed),
    closeKeys: os.closeKeys.handler(done),
    openSealed: os.openSealed.handler(closed),
    csv: os.csv.handler(async function* () {}),
    certify: os.certify.handler(async function* () {}),
    report: os.report.handler(async function* () {}),
  })
}
