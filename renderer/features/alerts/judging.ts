import type { ModuleRow } from '#protocol/hub.ts'

const idle: ReadonlySet<ModuleRow['state']> = new Set(['stopping', 'stopped', 'failed'])

/** Whether some instance judges the rules; true as long as nothing is known of it. */
export const isJudging = (modules: readonly Pick<ModuleRow, 'module' | 'state'>[]): boolean => {
  const alerts = modules.filter(({ module }) => module === 'alerts')
  return alerts.length === 0 || alerts.some(({ state }) => !idle.has(state))
}
