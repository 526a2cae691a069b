import type { z } from 'zod'
import {
  liftSilence,
  longestSilenceMs,
  removeRule,
  ruleRemoved,
  ruleSaved,
  ruleSilenced,
  rules,
  saveRule,
  silenceLifted,
  silenceRule,
  silences,
} from '#protocol/alerts.ts'
import { metrics } from '#protocol/telemetry.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'
import { isService } from '../is-service.ts'

/** Rules that the product comes with; people may change them and switch them off. */
export const builtInRules: readonly z.input<typeof saveRule.params>[] = [
  {
    rule: 'disk-full',
    name: 'ディスク使用率',
    severity: 'major',
    condition: { kind: 'threshold', metric: metrics.diskMaxPercent, above: true, threshold: '90', forSeconds: 60 },
    watching: true,
    notifying: true,
  },
  {
    rule: 'memory-high',
    name: 'メモリ使用率',
    severity: 'warning',
    condition: { kind: 'threshold', metric: metrics.memoryPercent, above: true, threshold: '90', forSeconds: 120 },
    watching: true,
    notifying: true,
  },
  {
    rule: 'api-errors',
    name: 'APIエラー率',
    severity: 'major',
    condition: { kind: 'threshold', metric: metrics.apiErrorPercent, above: true, threshold: '5', forSeconds: 60 },
    watching: true,
    notifying: true,
  },
  {
    rule: 'event-loop-slow',
    name: 'イベントループの遅延',
    severity: 'warning',
    condition: { kind: 'threshold', metric: metrics.eventLoopDelayP99, above: true, threshold: '200', forSeconds: 30 },
    watching: true,
    notifying: true,
  },
  {
    rule: 'payments-away',
    name: '決済サービスへの接続',
    severity: 'major',
    condition: { kind: 'threshold', metric: metrics.paymentsAway, above: true, threshold: '1', forSeconds: 60 },
    watching: true,
    notifying: true,
  },
  {
    rule: 'backend-silent',
    name: 'バックエンドの応答',
    severity: 'critical',
    condition: { kind: 'silence', forSeconds: 15 },
    watching: true,
    notifying: true,
  },
]

const save = defineHandler({
  command: saveRule,
  reads: ({ rule }) => [ref(rules, rule)],
  decide: (params, meta, state) => {
    const builtIn = state.get(rules, params.rule)?.builtIn ?? isService(meta.operator)
    return accept(happened(ruleSaved, { ...params, builtIn }))
  },
})

const remove = defineHandler({
  command: removeRule,
  reads: ({ rule }) => [ref(rules, rule)],
  decide: ({ rule }, _meta, state) => {
    const row = state.get(rules, rule)
    if (!row) return refuse('alerts.rule-unknown', { rule })
    if (row.builtIn) return refuse('alerts.rule-built-in', { rule })
    return accept(happened(ruleRemoved, { rule, name: row.name }))
  },
})

const silence = defineHandler({
  command: silenceRule,
  reads: ({ rule }) => [ref(rules, rule)],
  decide: ({ rule, until, note }, meta, state) => {
    const row = state.get(rules, rule)
    if (!row) return refuse('alerts.rule-unknown', { rule })
    if (until <= meta.at) return refuse('alerts.silence-in-past')
    if (until - meta.at > longestSilenceMs) return refuse('alerts.silence-too-long', { days: 30 })
    return accept(happened(ruleSilenced, { rule, name: row.name, until, note }))
  },
})

const lift = defineHandler({
  command: liftSilence,
  reads: ({ rule }) => [ref(rules, rule), ref(silences, rule)],
  decide: ({ rule }, meta, state) => {
    const row = state.get(rules, rule)
    if (!row) return refuse('alerts.rule-unknown', { rule })
    const current = state.get(silences, rule)
    if (!current || current.until <= meta.at) return refuse('alerts.not-silenced', { rule })
    return accept(happened(silenceLifted, { rule, name: row.name }))
  },
})

export const ruleHandlers = [save, remove, silence, lift]

export const ruleProjections = [
  defineProjection({
    on: ruleSaved,
    into: rules,
    reads: () => [],
    project: (data, meta) => [{ key: data.rule, row: { ...data, changedAt: meta.at, changedBy: meta.operator } }],
  }),
  defineProjection({
    on: ruleRemoved,
    into: rules,
    reads: () => [],
    project: ({ rule }) => [{ key: rule, row: null }],
  }),
  defineProjection({
    on: ruleSilenced,
    into: silences,
    reads: () => [],
    project: ({ rule, until, note }, meta) => [
      { key: rule, row: { rule, until, note, by: meta.operator, since: meta.at } },
    ],
  }),
  defineProjection({
    on: silenceLifted,
    into: silences,
    reads: () => [],
    project: ({ rule }) => [{ key: rule, row: null }],
  }),
  defineProjection({
    on: ruleRemoved,
    into: silences,
    reads: () => [],
    project: ({ rule }) => [{ key: rule, row: null }],
  }),
]
