import { readTrustedKeys } from '#main/audit/key-file.ts'
import { keyIn } from '#main/audit/trusted-keys.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'
import { latest } from './streams.ts'

const { review: contract } = procedures
const never = new AbortController().signal
const of = (context: CallContext) => context.services.review.review

/** 監査 of a bundle: main asks for the files, the review's worker answers. */
export const review = {
  watch: contract.watch.handler(({ context, signal }) => latest(of(context).state(), of(context).onState, signal)),
  open: contract.open.handler(async ({ context }) => {
    const file = await context.services.review.chooseBundle(context.window)
    await of(context).open(file)
    return {}
  }),
  close: contract.close.handler(async ({ context }) => {
    await of(context).close()
    return {}
  }),
  trusted: contract.trusted.handler(async ({ context }) => [...(await of(context).trusted())]),
  trust: contract.trust.handler(async ({ context, input }) => {
    await of(context).trust([{ ...keyIn(input.key), label: input.label.trim(), at: Date.now() }])
    return {}
  }),
  trustFile: contract.trustFile.handler(async ({ context }) => {
    const file = await context.services.review.chooseKeys(context.window)
    const keys = await readTrustedKeys(file, Date.now())
    await of(context).trust(keys)
    return { added: keys.length }
  }),
  distrust: contract.distrust.handler(async ({ context, input }) => {
    await of(context).distrust(input)
    return {}
  }),
  facets: contract.facets.handler(({ context }) => of(context).call('facets')),
  query: contract.query.handler(({ context, input }) => of(context).call('query', input)),
  count: contract.count.handler(({ context, input }) => of(context).call('count', input)),
  entry: contract.entry.handler(({ context, input }) => of(context).entry(input.index)),
  policies: contract.policies.handler(({ context }) => of(context).call('policies')),
  notes: contract.notes.handler(({ context }) => [...of(context).notes()]),
  note: contract.note.handler(async ({ context, input }) => {
    await of(context).note(input.index, input.text, Date.now())
    return {}
  }),
  sample: contract.sample.handler(({ context, input }) => of(context).call('sample', input)),
  watchKeys: contract.watchKeys.handler(({ context, signal }) =>
    latest(context.services.review.handed.state(), context.services.review.handed.onState, signal),
  ),
  openKeys: contract.openKeys.handler(async ({ context }) => {
    const { chooseKeyFile, handed } = context.services.review
    await handed.open(context.window, await chooseKeyFile(context.window))
    return {}
  }),
  closeKeys: contract.closeKeys.handler(async ({ context }) => {
    await context.services.review.handed.close()
    return {}
  }),
  openSealed: contract.openSealed.handler(({ context, input }) =>
    context.services.review.handed.show(context.window, input.index),
  ),
  csv: contract.csv.handler(({ context, input, signal }) =>
    iterated(context.services.review.csv(context.window, input, signal ?? never)),
  ),
  certify: contract.certify.handler(({ context, input, signal }) =>
    iterated(context.services.review.certify(context.window, input, signal ?? never)),
  ),
  report: contract.report.handler(({ context, input, signal }) =>
    iterated(context.services.review.report(context.window, input, signal ?? never)),
  ),
}

async function* iterated<T>(items: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* items
}
