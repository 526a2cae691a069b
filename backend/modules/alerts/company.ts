import type { RuleRow } from '#protocol/alerts.ts'
import type { InstanceRow } from '#protocol/hub.ts'
import type { Instant } from '#protocol/ids.ts'
import type { Sample } from '#protocol/telemetry.ts'
import type { Presence } from './presence.ts'

/** How often signs of life are left and looked for. */
const beatMs = 2_000
/** An instance without one for this long no longer judges the others. */
const absentMs = 6_000

/** Which instance judges what, so that several on one store raise each alert once. */
export interface Company {
  /** Other instances' last signs of life, as samples without values. */
  heard(): ReadonlyMap<string, Sample>
  /**
   * Each instance judges itself. Silence can't be judged by who is silent: of those that live, the first by name judges
   * the others', and ends what was firing on instances that run no more. undefined: one instance judges all.
   */
  judges(at: Instant): ((rule: RuleRow | undefined, instance: string) => boolean) | undefined
  /** Told when this instance begins to judge for the others. */
  onDuty(listener: () => Promise<void>): () => void
  leave(): void
}

const alone: Company = {
  heard: () => new Map(),
  judges: () => undefined,
  onDuty: () => () => undefined,
  leave: () => undefined,
}

export const joinCompany = async (
  instance: string,
  instances: ReadonlyMap<string, Pick<InstanceRow, 'state'>>,
  presence: Presence | undefined,
): Promise<Company> => {
  if (!presence) return alone
  const heard = new Map<string, Instant>()
  const listeners = new Set<() => Promise<void>>()
  let duty: 'none' | 'beginning' | 'begun' = 'none'
  const look = async (): Promise<void> => {
    await presence.beat()
    for (const [other, at] of await presence.heard()) heard.set(other, at)
  }
  const isFirst = (at: Instant): boolean => {
    const living = [...heard].filter(([other, last]) => other !== instance && at - last < absentMs)
    return living.every(([other]) => instances.get(other)?.state !== 'running' || instance < other)
  }
  /** What fires at the others is known before anything is judged, or it would be raised again. */
  const begin = async (): Promise<void> => {
    duty = 'beginning'
    try {
      for (const listener of listeners) await listener()
      duty = 'begun'
    } catch {
      duty = 'none'
    }
  }
  await look()
  const timer = setInterval(() => void look().catch(() => undefined), beatMs)
  timer.unref()
  return {
    heard: () =>
      new Map(
        [...heard]
          .filter(([other]) => other !== instance)
          .map(([other, at]) => [other, { instance: other, at, values: {} }]),
      ) as ReadonlyMap<string, Sample>,
    judges: (at) => {
      if (!isFirst(at)) duty = 'none'
      else if (duty === 'none') void begin()
      const first = duty === 'begun'
      return (rule, other) => {
        if (other === instance) return true
        if (!first) return false
        return instances.get(other)?.state !== 'running' || rule?.condition.kind === 'silence'
      }
    },
    onDuty: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    leave: () => clearInterval(timer),
  }
}
