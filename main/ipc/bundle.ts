import { planFor } from '#main/exports/bundle.ts'
import { procedures } from './procedures.ts'

const { bundle: contract } = procedures

/** oRPC always gives a signal over a port; its type does not say so. */
const never = new AbortController().signal

export const bundle = {
  size: contract.size.handler(async ({ context: { services }, input }) => {
    const { plan } = await planFor(services.desk.log, input)
    return { from: plan.manifest.from, to: plan.manifest.to, bytes: plan.bytes }
  }),
  write: contract.write.handler(async function* ({ context: { services, window }, input, signal }) {
    const { recipients, ...order } = input
    yield* services.exports.bundle(window, order, recipients, signal ?? never)
  }),
}
