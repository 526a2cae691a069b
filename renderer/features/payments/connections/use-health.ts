import type { ProviderName } from '#protocol/payments.ts'
import { type HealthState, healthOf, healthStates, type ProviderHealthRow } from '#protocol/payments-health.ts'
import { useLive } from '../../../app/live.ts'
import { inventories } from '../../../app/streams.ts'

export interface Health {
  /** The worst that any instance says; null: none has said anything yet. */
  readonly state: HealthState | null
  readonly rows: readonly (ProviderHealthRow & { readonly instance: string })[]
}

export const useHealth = (provider: ProviderName, now: number): Health => {
  const all = useLive(inventories)
  const rows = all.flatMap(({ instance, payments }) => {
    const row = payments?.find((one) => one.provider === provider)
    return row ? [{ ...row, instance }] : []
  })
  const states = new Set(rows.map((row) => healthOf(row, now)))
  return { state: healthStates.find((state) => states.has(state)) ?? null, rows }
}
