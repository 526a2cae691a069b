import { procedures } from './procedures.ts'

const { exports: contract } = procedures

/** oRPC always gives a signal over a port; its type does not say so. */
const never = new AbortController().signal

export const exports = {
  books: contract.books.handler(({ context, input, signal }) =>
    iterated(context.services.exports.books(context.window, input, signal ?? never)),
  ),
  csv: contract.csv.handler(({ context, input, signal }) =>
    iterated(context.services.exports.csv(context.window, input.filter, input.descending, signal ?? never)),
  ),
  diagnostics: contract.diagnostics.handler(({ context, signal }) =>
    iterated(context.services.exports.diagnostics(context.window, signal ?? never)),
  ),
  logs: contract.logs.handler(({ context, signal }) =>
    iterated(context.services.exports.logs(context.window, signal ?? never)),
  ),
  document: contract.document.handler(({ context, input, signal }) =>
    iterated(context.services.exports.document(context.window, input.key, signal ?? never)),
  ),
}

async function* iterated<T>(items: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* items
}
