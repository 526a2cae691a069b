import { createReview } from '#main/audit/review/review.ts'

/** Reviews an encrypted bundle as the app does, for a test that kills it: `FOLDER FILE ALGORITHM SESSION-KEY`. */
const [directory = '', file = '', algorithm = '', key = ''] = process.argv.slice(2)
const review = createReview({
  userData: directory,
  directory,
  sessionKeyOf: async () => ({ algorithm: Number(algorithm), data: Buffer.from(key, 'hex') }),
})
review.onState((state) => {
  if (state.phase === 'opening') process.send?.(`opening ${state.progress?.step ?? ''}`)
  else process.send?.(state.phase === 'failed' ? `failed ${state.failure.code}` : state.phase)
})
process.on('message', (text: string) => {
  const filter = { text, from: null, to: null, actors: [], commands: [], risks: [], outcomes: [], standings: [] }
  const query = { filter: { ...filter, object: null, noted: false }, descending: true, after: null, limit: 50 }
  review.call('query', query).then(({ rows }) => process.send?.(`found ${rows.length}`))
})
await review.open(file)
