import type { EnvSheet } from '#protocol/env-files.ts'
import { LibralError } from '#protocol/errors.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'

const { envFiles: contract } = procedures

type Context = { readonly context: CallContext; readonly signal?: AbortSignal | undefined }
type Client = Parameters<Parameters<CallContext['services']['keys']['call']>[1]>[0]['envFiles']

const call = <T>({ context }: Context, use: (client: Client) => Promise<T>): Promise<T> =>
  context.services.keys.call(context.window, (client) => use(client.envFiles))

/** 設定ファイル: passes on to the vault's process; the file comes from main's dialog. */
export const envFiles = {
  open: contract.open.handler((it) => followed(it, 'open')),
  create: contract.create.handler((it) => followed(it, 'create')),
  value: contract.value.handler((it) => call(it, (client) => client.value(it.input))),
  set: contract.set.handler((it) => call(it, (client) => client.set(it.input))),
  unset: contract.unset.handler((it) => call(it, (client) => client.unset(it.input))),
  revert: contract.revert.handler((it) => call(it, (client) => client.revert(it.input))),
  setReaders: contract.setReaders.handler((it) => call(it, (client) => client.setReaders(it.input))),
  save: contract.save.handler((it) => call(it, (client) => client.save(it.input))),
  reopen: contract.reopen.handler((it) => call(it, (client) => client.reopen(it.input))),
}

async function* followed(it: Context, how: 'open' | 'create'): AsyncGenerator<EnvSheet, void> {
  const { services, window } = it.context
  if (services.keys.state().state !== 'unlocked') throw new LibralError('vault.locked')
  const file = await services.envFiles.choose(window, how)
  const options = it.signal === undefined ? {} : { signal: it.signal }
  const sheets = await call(it, (client) => client[how]({ file }, options))
  for await (const sheet of sheets) yield sheet
}
