import { implement, ORPCError } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

const { messages, envFiles, wkd } = implement(desktopContract)
const locked = (): never => {
  throw new ORPCError('vault.locked', { data: { code: 'vault.locked', params: {} } })
}

/** A desktop whose vault is locked: the real vault is what tests of messages run. */
export function fakeMessages() {
  return {
    plan: messages.plan.handler(locked),
    encryptText: messages.encryptText.handler(locked),
    signText: messages.signText.handler(locked),
    readText: messages.readText.handler(locked),
    chooseFiles: messages.chooseFiles.handler(locked),
    encryptFiles: messages.encryptFiles.handler(locked),
    signFiles: messages.signFiles.handler(locked),
    readFiles: messages.readFiles.handler(locked),
    reveal: messages.reveal.handler(locked),
  }
}

export const fakeEnvFiles = () => ({
  open: envFiles.open.handler(locked),
  create: envFiles.create.handler(locked),
  value: envFiles.value.handler(locked),
  set: envFiles.set.handler(locked),
  unset: envFiles.unset.handler(locked),
  revert: envFiles.revert.handler(locked),
  setReaders: envFiles.setReaders.handler(locked),
  save: envFiles.save.handler(locked),
  reopen: envFiles.reopen.handler(locked),
})

export const fakeWkd = () => ({
  lookUp: wkd.lookUp.handler(locked),
  take: wkd.take.handler(locked),
  publish: wkd.publish.handler(locked),
})
