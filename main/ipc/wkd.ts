import { basename } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'

const { wkd: contract } = procedures

type Use<T> = Parameters<CallContext['services']['keys']['call']>[1] extends (client: infer Client) => unknown
  ? (client: Client) => Promise<T>
  : never

const call = <T>({ context }: { readonly context: CallContext }, use: Use<T>): Promise<T> =>
  context.services.keys.call(context.window, use)

/** 公開: passes on to the vault's process; the folder comes from main's dialog. */
export const wkd = {
  lookUp: contract.lookUp.handler((it) => call(it, (client) => client.wkd.lookUp(it.input))),
  take: contract.take.handler((it) => call(it, (client) => client.wkd.take(it.input))),
  publish: contract.publish.handler(async (it) => {
    const { keys, messages } = it.context.services
    if (keys.state().state !== 'unlocked') throw new LibralError('vault.locked')
    const folder = await messages.chooseFolder(it.context.window)
    const published = await call(it, (client) => client.wkd.publish({ ...it.input, folder }))
    return { ...published, folder: basename(folder) }
  }),
}
