import { implement, ORPCError } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

/** A desktop whose vault is locked: the real parts are what tests of hardware run. */
export function fakeHardware() {
  const { hardware: os } = implement(desktopContract)
  const locked = (): never => {
    throw new ORPCError('vault.locked', { data: { code: 'vault.locked', params: {} } })
  }
  return {
    watch: os.watch.handler(locked),
    waits: os.waits.handler(locked),
    refresh: os.refresh.handler(locked),
    changePin: os.changePin.handler(locked),
    setResetCode: os.setResetCode.handler(locked),
    unblockPin: os.unblockPin.handler(locked),
    setTouch: os.setTouch.handler(locked),
    resetCard: os.resetCard.handler(locked),
    makeOnCard: os.makeOnCard.handler(locked),
    takeCard: os.takeCard.handler(locked),
    addModule: os.addModule.handler(locked),
    removeModule: os.removeModule.handler(locked),
    login: os.login.handler(locked),
    makeOnToken: os.makeOnToken.handler(locked),
    takeToken: os.takeToken.handler(locked),
    agentIdentities: os.agentIdentities.handler(locked),
    takeAgent: os.takeAgent.handler(locked),
  }
}
