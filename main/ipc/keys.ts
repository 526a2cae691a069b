import { basename } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { VaultState } from '#protocol/keys.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'
import { latest } from './streams.ts'

const { keys: contract } = procedures
const nothing = {}

type Context = { readonly context: CallContext }
type Client = Parameters<Parameters<CallContext['services']['keys']['call']>[1]>[0]

const call = <T>({ context }: Context, use: (client: Client) => Promise<T>): Promise<T> =>
  context.services.keys.call(context.window, use)

const fileName = (fingerprint: string, what: string, armored: boolean): string =>
  `${fingerprint.slice(-16).toUpperCase()}${what === 'certificate' ? '' : `-${what}`}.${armored || what === 'revocation' ? 'asc' : 'pgp'}`

/** 鍵: passes on to the vault's process, with the files that main's dialogs chose. */
export const keys = {
  state: contract.state.handler(({ context: { services }, signal }) =>
    latest<VaultState>(services.keys.state(), services.keys.onState, signal),
  ),
  setUp: contract.setUp.handler(async ({ context }) => {
    await context.services.keys.open(context.window, (client) => client.setUp({}))
    return nothing
  }),
  unlock: contract.unlock.handler(async ({ context }) => {
    await context.services.keys.open(context.window, (client) => client.unlock({}))
    return nothing
  }),
  startOver: contract.startOver.handler(async ({ context }) => {
    await context.services.keys.open(context.window, (client) => client.startOver({}))
    return nothing
  }),
  lock: contract.lock.handler(async ({ context }) => {
    await context.services.keys.lock()
    return nothing
  }),
  changePassphrase: contract.changePassphrase.handler((it) => call(it, (client) => client.changePassphrase({}))),
  watch: contract.watch.handler(async function* (it) {
    const stream = await call(it, (client) => client.watch({}, it.signal === undefined ? {} : { signal: it.signal }))
    for await (const keyring of stream) yield keyring
  }),
  create: contract.create.handler((it) => call(it, (client) => client.create(it.input))),
  armored: contract.armored.handler((it) => call(it, (client) => client.armored(it.input))),
  importFile: contract.importFile.handler(async (it) => {
    mustBeOpen(it)
    const file = await it.context.services.keys.chooseOpen(it.context.window, 'import')
    return call(it, (client) => client.importFile({ file }))
  }),
  importText: contract.importText.handler((it) => call(it, (client) => client.importText(it.input))),
  gnupgKeys: contract.gnupgKeys.handler((it) => call(it, (client) => client.gnupgKeys({}))),
  importGnupg: contract.importGnupg.handler((it) => call(it, (client) => client.importGnupg(it.input))),
  exportFile: contract.exportFile.handler(async (it) => {
    mustBeOpen(it)
    const { fingerprint, what, armored } = it.input
    const name = fileName(fingerprint, what, armored)
    const file = await it.context.services.keys.chooseSave(it.context.window, `export-${what}`, name)
    await call(it, (client) => client.exportFile({ ...it.input, file }))
    return { file: basename(file) }
  }),
  backup: contract.backup.handler(async (it) => {
    mustBeOpen(it)
    const day = new Date().toISOString().slice(0, 10)
    const file = await it.context.services.keys.chooseSave(it.context.window, 'backup', `libral-keys-${day}.asc`)
    await call(it, (client) => client.backup({ file }))
    return { file: basename(file) }
  }),
  restore: contract.restore.handler(async ({ context }) => {
    const { keys: vault } = context.services
    const file = await vault.chooseOpen(context.window, 'restore')
    return vault.open(context.window, (client) => client.restore({ file }))
  }),
  extend: contract.extend.handler((it) => call(it, (client) => client.extend(it.input))),
  rotate: contract.rotate.handler((it) => call(it, (client) => client.rotate(it.input))),
  addUserId: contract.addUserId.handler((it) => call(it, (client) => client.addUserId(it.input))),
  revokeUserId: contract.revokeUserId.handler((it) => call(it, (client) => client.revokeUserId(it.input))),
  revoke: contract.revoke.handler((it) => call(it, (client) => client.revoke(it.input))),
  revokeByFile: contract.revokeByFile.handler(async (it) => {
    mustBeOpen(it)
    const file = await it.context.services.keys.chooseOpen(it.context.window, 'revocation')
    return call(it, (client) => client.revokeByFile({ file }))
  }),
  remove: contract.remove.handler((it) => call(it, (client) => client.remove(it.input))),
  confirm: contract.confirm.handler((it) => call(it, (client) => client.confirm(it.input))),
}

/** Said before a dialog is opened for nothing. */
function mustBeOpen({ context }: Context): void {
  if (context.services.keys.state().state !== 'unlocked') throw new LibralError('vault.locked')
}
