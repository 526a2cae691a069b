import type { ModuleAction, ModuleRow } from '#protocol/hub.ts'

/** Why an action cannot be taken; null: it can. A key of `monitoring:modules.reason.*`. */
export type Hindrance = 'notPermitted' | 'essential' | 'running' | 'stopped' | 'changing'

const changing: ReadonlySet<ModuleRow['state']> = new Set(['starting', 'stopping'])
const up: ReadonlySet<ModuleRow['state']> = new Set(['running', 'degraded'])

/** The same rules as the supervisor's, so that what would be refused is not offered. */
export const hindranceOf = (action: ModuleAction, row: ModuleRow, permitted: boolean): Hindrance | null => {
  if (!permitted) return 'notPermitted'
  if (row.essential && action !== 'start') return 'essential'
  if (changing.has(row.state)) return 'changing'
  if (action === 'start') return up.has(row.state) ? 'running' : null
  return row.state === 'stopped' ? 'stopped' : null
}
