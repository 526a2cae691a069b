import { isPortFree } from '#main/settings/free-port.ts'
import type { Settings } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { settings: contract } = procedures

/** Said before the backend restarts for it. */
const checkPort = async (now: Settings, port: Settings['httpPort']): Promise<void> => {
  if (port === null || port === now.httpPort || (await isPortFree(port))) return
  throw new LibralError('settings.port-taken', { port })
}

export const settings = {
  watch: contract.watch.handler(({ context: { services }, signal }) =>
    latest(services.settings.current(), services.settings.onChange, signal),
  ),
  change: contract.change.handler(async ({ context, input }) => {
    const store = context.services.settings
    await checkPort(store.current(), input.httpPort ?? null)
    return store.change(input)
  }),
  protect: contract.protect.handler(async ({ context }) => ({
    protection: await context.services.protect(context.window),
  })),
}
