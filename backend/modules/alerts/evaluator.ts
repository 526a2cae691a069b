import type { AlertRow, RuleRow } from '#protocol/alerts.ts'
import type { Instant } from '#protocol/ids.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { holeMs, idle, step, type Watch } from './machine.ts'

/** What became of a rule on an instance, for `alerts.record`. */
export interface Report {
  readonly rule: string
  readonly instance: string
  readonly firing: boolean
  readonly firedAt: Instant
  readonly value: string
}

/** Everything between two ticks: plain data, replaced whole. */
export interface Standing {
  /** By `rule instance`. */
  readonly watches: ReadonlyMap<string, Watch>
  /** When each instance was last heard of. */
  readonly heard: ReadonlyMap<string, Instant>
  /** When the last tick was; null before the first. */
  readonly at: Instant | null
}

const pair = (rule: string, instance: string): string => `${rule} ${instance}`
const parts = (key: string): readonly [rule: string, instance: string] => {
  const space = key.indexOf(' ')
  return [key.slice(0, space), key.slice(space + 1)]
}

/** A sample older than this says nothing about now. */
const freshMs = 2_500

/** Takes up the alerts that were firing, so that a restart neither fires them again nor forgets to resolve them. */
export const restore = (rows: readonly AlertRow[], heard: ReadonlyMap<string, Instant> = new Map()): Standing => ({
  watches: new Map(
    rows
      .filter((row) => row.state !== 'resolved')
      .map((row) => [pair(row.rule, row.instance), { phase: 'firing', firedAt: row.firedAt, calm: null }]),
  ),
  heard,
  at: null,
})

/** What one tick sees. `watched` are the instances that should be sending. */
export interface Tick {
  readonly at: Instant
  readonly rules: readonly RuleRow[]
  readonly samples: ReadonlyMap<string, Sample>
  readonly watched: readonly string[]
  /** Which of them this instance judges, where others judge the rest; absent: all. The rule is undefined once removed. */
  readonly judges?: ((rule: RuleRow | undefined, instance: string) => boolean) | undefined
}

const observe = (rule: RuleRow, sample: Sample | undefined, heardAt: Instant, at: Instant) => {
  const fresh = sample !== undefined && at - sample.at < freshMs
  const { condition } = rule
  const value = fresh && condition.kind === 'threshold' ? sample.values[condition.metric] : undefined
  return { at, value, silentMs: Math.max(0, at - heardAt) }
}

/** A rule that was removed, or an instance that is no longer watched, ends what was firing. */
const dropped = (standing: Standing, kept: ReadonlySet<string>, { rules, judges }: Tick): Report[] =>
  [...standing.watches].flatMap(([key, watch]) => {
    if (watch.phase !== 'firing' || kept.has(key)) return []
    const [rule, instance] = parts(key)
    if (
      judges &&
      !judges(
        rules.find((row) => row.rule === rule),
        instance,
      )
    )
      return []
    return [{ rule, instance, firing: false, firedAt: watch.firedAt, value: '' }]
  })

const heardAt = (standing: Standing, samples: ReadonlyMap<string, Sample>, instance: string, at: Instant): Instant => {
  const known = standing.heard.get(instance) ?? at
  return Math.max(known, samples.get(instance)?.at ?? known)
}

/** One second of all rules on all instances: pure. */
export const evaluate = (
  standing: Standing,
  tick: Tick,
): { readonly standing: Standing; readonly reports: Report[] } => {
  const { at, samples, watched } = tick
  // Whoever slept, or had the clock set, can't say that the others were silent: listening begins anew.
  const deaf = standing.at !== null && (at - standing.at > holeMs || at < standing.at)
  const heard = new Map<string, Instant>()
  for (const instance of watched) heard.set(instance, deaf ? at : heardAt(standing, samples, instance, at))
  const watches = new Map<string, Watch>()
  const reports: Report[] = []
  for (const rule of tick.rules.filter((row) => row.watching)) {
    for (const instance of watched) {
      if (tick.judges && !tick.judges(rule, instance)) continue
      const key = pair(rule.rule, instance)
      const seen = observe(rule, samples.get(instance), heard.get(instance) ?? at, at)
      const verdict = step(rule.condition, standing.watches.get(key) ?? idle, seen)
      watches.set(key, verdict.watch)
      if (verdict.report) reports.push({ rule: rule.rule, instance, ...verdict.report })
    }
  }
  reports.push(...dropped(standing, new Set(watches.keys()), tick))
  return { standing: { watches, heard, at }, reports }
}
