import type { Desk, Dispose } from '#main/link/desk.ts'
import { type OperatorRow, operators } from '#protocol/session.ts'
import type { DeskSlot } from './desk-slot.ts'
import { oneAtATime } from './one-at-a-time.ts'

interface OwnRolesParts extends Pick<Desk, 'state'>, Pick<DeskSlot, 'again'> {
  readonly rows: Pick<Desk['rows'], 'get' | 'onChange'>
}

const listOf = (roles: readonly string[]): string => roles.toSorted().join()

/**
 * Connects anew once the signed-in operator's roles are others than the session was told: the same session then tells
 * windows what may be done now. The backend judges by the new ones in any case.
 */
export const followOwnRoles = ({ rows, state, again }: OwnRolesParts): Dispose => {
  // Once for the same news: another instance may not have heard of it yet.
  let tried = ''
  return rows.onChange(
    [operators.name],
    oneAtATime(async () => {
      const { session } = state()
      if (session === null) return
      const row = (await rows.get(operators.name, session.operator)) as OperatorRow | null
      const now = `${session.operator} ${row && listOf(row.roles)}`
      const { link, session: still } = state()
      const settled = row === null || still === null || listOf(row.roles) === listOf(still.roles)
      // What was locked stays so until its owner comes back.
      if (settled || still.locked || link.state !== 'live' || now === tried) return
      tried = now
      again()
    }),
  )
}
