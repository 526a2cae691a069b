import type { Role } from '#protocol/permission.ts'
import type { PolicyEffect } from '#protocol/policy.ts'

/** A permission or a command of it, and what each role may of it. */
export interface EffectRow {
  readonly permission: PolicyEffect['permission']
  readonly command: string | null
  readonly byRole: Readonly<Partial<Record<Role, PolicyEffect>>>
}

const nameOf = ({ permission, command }: Pick<PolicyEffect, 'permission' | 'command'>): string =>
  `${permission} ${command ?? ''}`

/** In the order in which they come, roles put together. */
export const rowsOf = (effects: readonly PolicyEffect[]): readonly EffectRow[] => {
  const rows = new Map<string, EffectRow>()
  for (const effect of effects) {
    const { permission, command, role } = effect
    const row = rows.get(nameOf(effect))
    rows.set(nameOf(effect), { permission, command, byRole: { ...row?.byRole, [role]: effect } })
  }
  return [...rows.values()]
}

/** Readings and commands: what a person meets. A permission whose commands stand in lines of their own is left out. */
export const shownRows = (effects: readonly PolicyEffect[]): readonly EffectRow[] => {
  const rows = rowsOf(effects)
  const withCommands = new Set(rows.flatMap(({ permission, command }) => (command === null ? [] : [permission])))
  return rows.filter(({ permission, command }) => command !== null || !withCommands.has(permission))
}

export interface EffectChange {
  readonly role: Role
  readonly permission: PolicyEffect['permission']
  readonly command: string | null
  readonly before: PolicyEffect
  readonly after: PolicyEffect
  /** `more`: may more, or needs less for it. */
  readonly direction: 'more' | 'less' | 'other'
}

/** What changes for whom from one set to another. */
export const changesOf = (before: readonly PolicyEffect[], after: readonly PolicyEffect[]): readonly EffectChange[] => {
  const keyOf = (effect: PolicyEffect): string => `${effect.role} ${nameOf(effect)}`
  const earlier = new Map(before.map((effect) => [keyOf(effect), effect]))
  const shown = new Set(shownRows(after).map(nameOf))
  return after.flatMap((effect) => {
    const old = earlier.get(keyOf(effect))
    if (!old || !shown.has(nameOf(effect)) || meaning(old) === meaning(effect)) return []
    const { role, permission, command } = effect
    return [{ role, permission, command, before: old, after: effect, direction: directionOf(old, effect) }]
  })
}

/** Apart from which policy says so. */
const meaning = ({ verdict, above }: PolicyEffect): string =>
  JSON.stringify([verdict.permitted, verdict.approvals, above && [above.permitted, above.approvals]])

/** How much stands in the way: nothing, approvals above a sum, approvals, a refusal. */
export const hindrance = ({ verdict, above }: PolicyEffect): number => {
  if (!verdict.permitted) return 1_000
  if (verdict.approvals) return 100 + verdict.approvals.count
  if (above === null) return 0
  return above.permitted ? 1 + (above.approvals?.count ?? 0) : 50
}
const directionOf = (before: PolicyEffect, after: PolicyEffect): EffectChange['direction'] => {
  const [old, now] = [hindrance(before), hindrance(after)]
  return old === now ? 'other' : now < old ? 'more' : 'less'
}
