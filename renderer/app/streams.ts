import { useMemo, useSyncExternalStore } from 'react'
import type { DesktopState, SentCommand, SentNews, Settings, sentCap } from '#protocol/desktop.ts'
import type { Permission } from '#protocol/permission.ts'
import { isReading } from '#protocol/reading.ts'
import type { Inventory, Sample } from '#protocol/telemetry.ts'
import { desktop } from './desktop.ts'
import { cell, latest, live, useLive } from './live.ts'

export const desktopState = latest<DesktopState>(() => desktop.state.watch({}))
export const settings = latest<Settings>(() => desktop.settings.watch({}))

const inventoryKeptMs = 60_000

/** The newest of each instance that told of itself in the last minute. */
export const inventories = live<readonly Inventory[], readonly Inventory[]>(
  () => desktop.telemetry.inventory({}),
  [],
  (now, fresh) => {
    const oldest = Math.max(0, ...fresh.map(({ at }) => at)) - inventoryKeptMs
    const told = new Set(fresh.map(({ instance }) => instance))
    return [...now.filter((it) => !told.has(it.instance) && it.at > oldest), ...fresh]
  },
)

/** As many as main keeps: the protocol's `sentCap`, whose import would bring the contract's schemas along. */
const keptCommands: typeof sentCap = 500

/** What changed takes its place, what is new comes last. */
const withSent = (now: readonly SentCommand[], { whole, commands }: SentNews): readonly SentCommand[] => {
  if (whole) return commands
  const all = new Map(now.map((command) => [command.id, command]))
  for (const command of commands) all.set(command.id, command)
  return [...all.values()].slice(-keptCommands)
}

export const sentCommands = live<readonly SentCommand[], SentNews>(() => desktop.command.sent({}), [], withSent)

const keptSamples = 600

/** What follows the newest kept sample, at most ten minutes per instance. */
const withSamples = (now: readonly Sample[], fresh: readonly Sample[]): readonly Sample[] => {
  const newest = now.at(-1)?.at ?? -1
  const later = fresh.filter((sample) => sample.at > newest || !now.some(sameMoment(sample)))
  if (later.length === 0) return now
  const all = [...now, ...later]
  return all.slice(-keptSamples * instancesIn(all))
}
const sameMoment = (sample: Sample) => (other: Sample) => other.at === sample.at && other.instance === sample.instance
const instancesIn = (samples: readonly Sample[]): number => new Set(samples.map(({ instance }) => instance)).size

export const samples = live<readonly Sample[], readonly Sample[]>(() => desktop.telemetry.live({}), [], withSamples)

export const useDesktopState = (): DesktopState | null => useLive(desktopState)

/**
 * One value out of the state. Under load the state is told twenty times a second: who needs a word of it is rendered
 * anew only when that word changes.
 */
export const useDesktop = <T extends string | number | boolean | null | undefined>(
  select: (state: DesktopState | null) => T,
): T => useSyncExternalStore(desktopState.subscribe, () => select(desktopState.get()))

/** Chosen in this window and not yet answered by main: shown at once. */
const chosen = cell<readonly Partial<Settings>[]>([])

export const useSettings = (): Settings | null => {
  const kept = useLive(settings)
  const changes = useLive(chosen)
  return useMemo(() => kept && Object.assign({}, kept, ...changes), [kept, changes])
}

/** Main's value is pushed before it answers, so what was chosen gives way to what is kept. Rejects as main does. */
export const changeSettings = async (change: Partial<Settings>): Promise<void> => {
  chosen.set((now) => [...now, change])
  try {
    await desktop.settings.change(change)
  } finally {
    chosen.set((now) => now.filter((it) => it !== change))
  }
}

/** Whether the signed-in operator holds a permission; false while nobody is signed in. */
export const usePermitted = (permission: Permission): boolean =>
  useDesktop((state) => state?.session?.permissions.includes(permission) ?? false)

/**
 * Whether the signed-in operator may read, and take along what is read, and nothing else (監査担当): acts are then not
 * shown at all, rather than explained.
 */
export const useReadsOnly = (): boolean => useDesktop((state) => state?.session?.permissions.every(isReading) ?? false)
