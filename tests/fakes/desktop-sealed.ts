import { implement } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'

/** 封印 with nothing sealed. */
export const fakeSealed = () => {
  const os = implement(desktopContract).sealed
  return {
    coverage: os.coverage.handler(() => []),
    find: os.find.handler(() => ({ rows: [] })),
    open: os.open.handler(() => ({})),
    writeKeyFile: os.writeKeyFile.handler(async function* () {}),
    rewrap: os.rewrap.handler(async function* () {
      yield { state: 'done' as const, done: 0, total: 0 }
    }),
    makeRecovery: os.makeRecovery.handler(() => ({ file: 'recovery.txt' })),
    proveRecovery: os.proveRecovery.handler(() => ({})),
  }
}
