import type { z } from 'zod'
import type { Json } from '#protocol/command.ts'
import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { rows: contract } = procedures

/** Our JSON is readonly and zod's is not; the wire does not care. */
type WireJson = ReturnType<typeof z.json>['_output']
const wire = (row: Json): WireJson => row as WireJson

export const rows = {
  query: contract.query.handler(async ({ context, input }) => {
    const page = await context.services.desk.rows.query(input)
    return { ...page, rows: page.rows.map(wire) }
  }),
  get: contract.get.handler(async ({ context, input }) =>
    wire(await context.services.desk.rows.get(input.collection, input.key)),
  ),
  count: contract.count.handler(({ context, input }) => context.services.desk.rows.count(input)),
  watch: contract.watch.handler(({ context, input, signal }) =>
    latest<{ readonly offset: number }>(
      undefined,
      (listener) => context.services.desk.rows.onChange(input.collections, (offset) => listener({ offset })),
      signal,
    ),
  ),
}
