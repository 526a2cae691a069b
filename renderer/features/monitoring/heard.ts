import type { Sample } from '#protocol/telemetry.ts'

/** When each instance was heard last, and from when to when any was. */
export interface Heard {
  readonly last: ReadonlyMap<string, number>
  readonly from: number
  readonly to: number
}

/** An instance tells of itself every second; their clocks may differ by some. */
const silentMs = 15_000

/** @param samples of all instances, as they came */
export const heardOf = (samples: readonly Sample[]): Heard => {
  const last = new Map<string, number>()
  let [from, to] = [Number.POSITIVE_INFINITY, 0]
  for (const { instance, at } of samples) {
    last.set(instance, Math.max(at, last.get(instance) ?? 0))
    from = Math.min(from, at)
    to = Math.max(to, at)
  }
  return { last, from, to }
}

/** Whether others were heard all the while and this one was not. */
export const isSilent = ({ last, from, to }: Heard, instance: string): boolean =>
  to - (last.get(instance) ?? from) > silentMs

/** The chosen one while it is known, else the first by name that is heard. */
export const shownInstance = (heard: Heard, chosen: string | null): string | null => {
  if (chosen !== null && heard.last.has(chosen)) return chosen
  const known = [...heard.last.keys()].toSorted()
  return known.find((it) => !isSilent(heard, it)) ?? known[0] ?? null
}
