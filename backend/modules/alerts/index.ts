import {
  alertAcknowledged,
  alertFired,
  alertResolved,
  alerts,
  recordAlert,
  ruleRemoved,
  ruleSaved,
  ruleSilenced,
  rules,
  saveRule,
  silenceLifted,
  silences,
} from '#protocol/alerts.ts'
import { instances } from '#protocol/hub.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { defineModule, type ModuleContext, type ModuleDefinition, type RunningModule } from '../../kernel/module.ts'
import { follow } from '../follow.ts'
import { alertHandlers, alertProjections } from './alerts.ts'
import { joinCompany } from './company.ts'
import { evaluate, restore } from './evaluator.ts'
import type { Presence } from './presence.ts'
import { createReporter } from './reporter.ts'
import { builtInRules, ruleHandlers, ruleProjections } from './rules.ts'

export interface AlertsDeps {
  /** How instances on one store know of each other; absent where there is one. */
  readonly presence?: Presence
  /** Calls back with each sample of telemetry; the answer ends it. */
  readonly onSample: (listener: (sample: Sample) => void) => () => void
}

const tickMs = 1_000
/** Reports that could not be written for this many ticks make the module degraded. */
const patience = 5

const seedRules = async (context: ModuleContext): Promise<void> => {
  for (const params of builtInRules) {
    if (await context.read.get(rules, params.rule)) continue
    await context.submit({ command: saveRule, params })
  }
}

const start = async (context: ModuleContext, deps: AlertsDeps): Promise<RunningModule> => {
  await seedRules(context)
  const followedRules = await follow(context, rules)
  const followedInstances = await follow(context, instances)
  const samples = new Map<string, Sample>()
  const stopSamples = deps.onSample((sample) => samples.set(sample.instance, sample))
  const reporter = createReporter(context)
  const company = await joinCompany(context.instance, followedInstances.rows, deps.presence)
  let standing = restore(await context.read.list(alerts))
  let late = 0

  const watched = (): readonly string[] => {
    const running = [...followedInstances.rows.values()].filter((row) => row.state === 'running')
    return [...new Set([context.instance, ...running.map((row) => row.instance)])]
  }
  const tick = (): void => {
    const at = context.now()
    const all = new Map([...company.heard(), ...samples])
    const judges = company.judges(at)
    const seen = { at, rules: [...followedRules.rows.values()], samples: all, watched: watched(), judges }
    const next = evaluate(standing, seen)
    standing = next.standing
    reporter.add(next.reports)
    late = reporter.waiting() > 0 ? late + 1 : 0
    void reporter.flush()
  }
  // Who judges for another from now on takes up what was firing there.
  const offDuty = company.onDuty(async () => {
    const firing = restore(await context.read.list(alerts)).watches
    standing = { ...standing, watches: new Map([...firing, ...standing.watches]) }
  })
  const timer = setInterval(() => {
    try {
      tick()
    } catch (thrown) {
      clearInterval(timer)
      context.crashed(thrown)
    }
  }, tickMs)

  return {
    health: () => (late > patience ? { ok: false, reason: 'alerts.reports-unwritten' } : { ok: true, reason: '' }),
    stop: async () => {
      clearInterval(timer)
      offDuty()
      company.leave()
      stopSamples()
      followedRules.stop()
      followedInstances.stop()
      await reporter.flush()
    },
  }
}

/** アラート: rules over telemetry, what they found, and who has seen it. The module that may be stopped. */
export const createAlerts = (deps: AlertsDeps): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'alerts',
      version: '1.0.0',
      essential: false,
      needs: ['hub'],
      restarts: { max: 5, withinMs: 60_000 },
    },
    collections: [rules, alerts, silences],
    events: [alertFired, alertResolved, alertAcknowledged, ruleSilenced, silenceLifted, ruleSaved, ruleRemoved],
    handlers: [...alertHandlers, ...ruleHandlers],
    projections: [...alertProjections, ...ruleProjections],
    signs: [recordAlert, saveRule],
    start: (context) => start(context, deps),
  })
