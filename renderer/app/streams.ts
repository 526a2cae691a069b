import type { DesktopState, SentCommand, Settings } from '#protocol/desktop.ts'
import type { Permission } from '#protocol/permission.ts'
import type { Inventory, Sample } from '#protocol/telemetry.ts'
import { desktop } from './desktop.ts'
import { latest, live, useLive } from './live.ts'

export const desktopState = latest<DesktopState>(() => desktop.state.watch({}))
export const settings = latest<Settings>(() => desktop.settings.watch({}))
export const inventory = latest<Inventory>(() => desktop.telemetry.inventory({}))
export const sentCommands = live<readonly SentCommand[], readonly SentCommand[]>(
  () => desktop.command.sent({}),
  [],
  (_, sent) => sent,
)

const keptSamples = 600

/** What follows the newest kept sample, at most ten minutes per instance in all. */
const withSamples = (now: readonly Sample[], fresh: readonly Sample[]): readonly Sample[] => {
  const newest = now.at(-1)?.at ?? -1
  const later = fresh.filter((sample) => sample.at > newest || !now.some(sameMoment(sample)))
  return later.length === 0 ? now : [...now, ...later].slice(-keptSamples * Math.max(1, instancesIn(later)))
}
const sameMoment = (sample: Sample) => (other: Sample) => other.at === sample.at && other.instance === sample.instance
const instancesIn = (samples: readonly Sample[]): number => new Set(samples.map(({ instance }) => instance)).size

export const samples = live<readonly Sample[], readonly Sample[]>(() => desktop.telemetry.live({}), [], withSamples)

export const useDesktopState = (): DesktopState | null => useLive(desktopState)
export const useSettings = (): Settings | null => useLive(settings)

/** Whether the signed-in operator holds a permission; false while nobody is signed in. */
export const usePermitted = (permission: Permission): boolean =>
  useDesktopState()?.session?.permissions.includes(permission) ?? false
