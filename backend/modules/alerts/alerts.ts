import {
  acknowledgeAlert,
  alertAcknowledged,
  alertFired,
  alertKey,
  alertResolved,
  alerts,
  recordAlert,
  rules,
  silences,
} from '#protocol/alerts.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const record = defineHandler({
  command: recordAlert,
  reads: ({ rule, instance, firedAt }) => [
    ref(alerts, alertKey(rule, instance, firedAt)),
    ref(rules, rule),
    ref(silences, rule),
  ],
  decide: ({ rule, instance, firing, firedAt, value }, meta, state) => {
    const key = alertKey(rule, instance, firedAt)
    const alert = state.get(alerts, key)
    if (!firing) {
      if (!alert) return refuse('alerts.unknown', { key })
      if (alert.state === 'resolved') return refuse('alerts.already-resolved', { key })
      return accept(happened(alertResolved, { key, rule, name: alert.name }))
    }
    const row = state.get(rules, rule)
    if (!row) return refuse('alerts.rule-unknown', { rule })
    // Sent twice after a lost answer: it fired once.
    if (alert) return accept()
    const { condition } = row
    const silenced = (state.get(silences, rule)?.until ?? 0) > meta.at
    return accept(
      happened(alertFired, {
        key,
        rule,
        name: row.name,
        instance,
        severity: row.severity,
        kind: condition.kind,
        metric: condition.kind === 'threshold' ? condition.metric : '',
        value,
        seconds: condition.forSeconds,
        notifying: row.notifying && !silenced,
        firedAt,
      }),
    )
  },
})

const acknowledge = defineHandler({
  command: acknowledgeAlert,
  reads: ({ key }) => [ref(alerts, key)],
  decide: ({ key, note }, _meta, state) => {
    const alert = state.get(alerts, key)
    if (!alert) return refuse('alerts.unknown', { key })
    if (alert.state === 'resolved') return refuse('alerts.already-resolved', { key })
    if (alert.state === 'acknowledged') return refuse('alerts.already-acknowledged', { key })
    return accept(happened(alertAcknowledged, { key, rule: alert.rule, name: alert.name, note }))
  },
})

export const alertHandlers = [record, acknowledge]

const fired = defineProjection({
  on: alertFired,
  into: alerts,
  reads: () => [],
  project: ({ kind: _kind, seconds: _seconds, ...data }) => {
    const untouched = { acknowledgedAt: null, acknowledgedBy: null, note: '', resolvedAt: null }
    return [{ key: data.key, row: { ...data, state: 'firing' as const, ...untouched } }]
  },
})
const acknowledged = defineProjection({
  on: alertAcknowledged,
  into: alerts,
  reads: ({ key }) => [key],
  project: ({ key, note }, meta, get) => {
    const row = get(key)
    if (!row) return []
    const by = { acknowledgedAt: meta.at, acknowledgedBy: meta.operator, note }
    return [{ key, row: { ...row, state: 'acknowledged' as const, ...by } }]
  },
})
const resolved = defineProjection({
  on: alertResolved,
  into: alerts,
  reads: ({ key }) => [key],
  project: ({ key }, meta, get) => {
    const row = get(key)
    return row ? [{ key, row: { ...row, state: 'resolved' as const, resolvedAt: meta.at } }] : []
  },
})

export const alertProjections = [fired, acknowledged, resolved]
