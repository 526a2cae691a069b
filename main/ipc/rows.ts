import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { rows: contract } = procedures

export const rows = {
  query: contract.query.handler(async ({ context, input }) => {
    const page = await context.services.desk.rows.query(input)
    return { ...page, rows: [...page.rows] }
  }),
  get: contract.get.handler(({ context, input }) => context.services.desk.rows.get(input.collection, input.key)),
  count: contract.count.handler(({ context, input }) => context.services.desk.rows.count(input)),
  watch: contract.watch.handler(({ context, input, signal }) =>
    latest<{ readonly offset: number }>(
      undefined,
      (listener) => context.services.desk.rows.onChange(input.collections, (offset) => listener({ offset })),
      signal,
    ),
  ),
}
