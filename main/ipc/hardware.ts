import { LibralError } from '#protocol/errors.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'

const { hardware: contract } = procedures

interface Context {
  readonly context: CallContext
}
type Client = Parameters<Parameters<CallContext['services']['keys']['call']>[1]>[0]['hardware']

const call = <T>({ context }: Context, use: (client: Client) => Promise<T>): Promise<T> =>
  context.services.keys.call(context.window, ({ hardware }) => use(hardware))

const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })

/** ハードウェア: passes on to the vault's process, with the library that main's dialog chose. */
export const hardware = {
  watch: contract.watch.handler(async function* (it) {
    yield* await call(it, (client) => client.watch({}, options(it.signal)))
  }),
  waits: contract.waits.handler(async function* (it) {
    yield* await call(it, (client) => client.waits({}, options(it.signal)))
  }),
  refresh: contract.refresh.handler((it) => call(it, (client) => client.refresh({}))),
  changePin: contract.changePin.handler((it) => call(it, (client) => client.changePin(it.input))),
  setResetCode: contract.setResetCode.handler((it) => call(it, (client) => client.setResetCode(it.input))),
  unblockPin: contract.unblockPin.handler((it) => call(it, (client) => client.unblockPin(it.input))),
  setTouch: contract.setTouch.handler((it) => call(it, (client) => client.setTouch(it.input))),
  resetCard: contract.resetCard.handler((it) => call(it, (client) => client.resetCard(it.input))),
  makeOnCard: contract.makeOnCard.handler((it) => call(it, (client) => client.makeOnCard(it.input))),
  takeCard: contract.takeCard.handler((it) => call(it, (client) => client.takeCard(it.input))),
  addModule: contract.addModule.handler(async (it) => {
    const { keys } = it.context.services
    if (keys.state().state !== 'unlocked') throw new LibralError('vault.locked')
    const file = await keys.chooseOpen(it.context.window, 'module')
    return call(it, (client) => client.addModule({ file }))
  }),
  removeModule: contract.removeModule.handler((it) => call(it, (client) => client.removeModule(it.input))),
  login: contract.login.handler((it) => call(it, (client) => client.login(it.input))),
  makeOnToken: contract.makeOnToken.handler((it) => call(it, (client) => client.makeOnToken(it.input))),
  takeToken: contract.takeToken.handler((it) => call(it, (client) => client.takeToken(it.input))),
  agentIdentities: contract.agentIdentities.handler((it) => call(it, (client) => client.agentIdentities({}))),
  takeAgent: contract.takeAgent.handler((it) => call(it, (client) => client.takeAgent(it.input))),
}
