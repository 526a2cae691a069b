import { implement, ORPCError } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

/** A desktop whose vault has not been made: the real vault is what tests of it run. */
export function fakeKeys() {
  const { keys: os } = implement(desktopContract)
  const locked = (): never => {
    throw new ORPCError('vault.locked', { data: { code: 'vault.locked', params: {} } })
  }
  return {
    state: os.state.handler(async function* () {
      yield { revision: 1, state: 'absent' as const, since: 0, failure: null, setAside: null }
    }),
    setUp: os.setUp.handler(locked),
    unlock: os.unlock.handler(locked),
    startOver: os.startOver.handler(locked),
    lock: os.lock.handler(locked),
    changePassphrase: os.changePassphrase.handler(locked),
    watch: os.watch.handler(locked),
    create: os.create.handler(locked),
    armored: os.armored.handler(locked),
    importFile: os.importFile.handler(locked),
    importText: os.importText.handler(locked),
    gnupgKeys: os.gnupgKeys.handler(locked),
    importGnupg: os.importGnupg.handler(locked),
    exportFile: os.exportFile.handler(locked),
    backup: os.backup.handler(locked),
    restore: os.restore.handler(locked),
    extend: os.extend.handler(locked),
    rotate: os.rotate.handler(locked),
    addUserId: os.addUserId.handler(locked),
    revokeUserId: os.revokeUserId.handler(locked),
    revoke: os.revoke.handler(locked),
    revokeByFile: os.revokeByFile.handler(locked),
    remove: os.remove.handler(locked),
    confirm: os.confirm.handler(locked),
  }
}

/** A desktop on which nobody has chosen a file. */
export function fakeCertificates() {
  const { certificates: os } = implement(desktopContract)
  const none = (): never => {
    throw new ORPCError('file.not-chosen', { data: { code: 'file.not-chosen', params: {} } })
  }
  return { readFile: os.readFile.handler(none), ofKey: os.ofKey.handler(none), prove: os.prove.handler(none) }
}
