import { LibralError } from '#protocol/errors.ts'
import type { Services } from './services.ts'

export type KeyUse = Pick<Services['keys'], 'state' | 'open' | 'call'>

/** Asks to unlock where the vault is locked. @throws LibralError `vault.absent`, `vault.declined` */
export async function unlocked(keys: KeyUse, window: number): Promise<void> {
  const { state } = keys.state()
  if (state === 'absent') throw new LibralError('vault.absent')
  if (state !== 'unlocked') await keys.open(window, (client) => client.unlock({}))
}
