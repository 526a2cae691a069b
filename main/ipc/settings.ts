import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { settings: contract } = procedures

export const settings = {
  watch: contract.watch.handler(({ context: { services }, signal }) =>
    latest(services.settings.current(), services.settings.onChange, signal),
  ),
  change: contract.change.handler(({ context, input }) => context.services.settings.change(input)),
  protect: contract.protect.handler(async ({ context }) => ({
    protection: await context.services.protect(context.window),
  })),
}
