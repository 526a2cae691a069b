import { useMemo } from 'react'
import { useDesktopState } from '../../app/streams.ts'
import type { Me } from './standing.ts'

/** The signed-in operator; null while nobody is. */
export const useMe = (): Me | null => {
  const session = useDesktopState()?.session ?? null
  const key = session === null ? null : JSON.stringify([session.operator, session.roles, session.permissions])
  return useMemo(() => {
    if (key === null) return null
    const [operator, roles, permissions] = JSON.parse(key) as [string, Me['roles'], Me['permissions']]
    return { operator, roles, permissions }
  }, [key])
}
