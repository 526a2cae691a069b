import { implement, ORPCError } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

/** A desktop whose vault is locked: the real vault is what tests of messages run. */
export function fakeMessages() {
  const { messages: os } = implement(desktopContract)
  const locked = (): never => {
    throw new ORPCError('vault.locked', { data: { code: 'vault.locked', params: {} } })
  }
  return {
    plan: os.plan.handler(locked),
    encryptText: os.encryptText.handler(locked),
    signText: os.signText.handler(locked),
    readText: os.readText.handler(locked),
    chooseFiles: os.chooseFiles.handler(locked),
    encryptFiles: os.encryptFiles.handler(locked),
    signFiles: os.signFiles.handler(locked),
    readFiles: os.readFiles.handler(locked),
    reveal: os.reveal.handler(locked),
  }
}
