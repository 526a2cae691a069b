/** Why new work should go elsewhere; empty when it should not. Stable words, shown by `/health`. */
export type Unready = 'starting' | 'draining' | 'database' | 'module' | 'overloaded'

export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly Unready[]
}

/** One part of readiness: the reason while it is not, otherwise undefined. */
export type Condition = () => Unready | undefined

export const readinessOf = (conditions: readonly Condition[]): Readiness => {
  const reasons = [...new Set(conditions.flatMap((condition) => condition() ?? []))]
  return { ready: reasons.length === 0, reasons }
}
