import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent, severitySchema } from './event.ts'
import { instantSchema, operatorIdSchema } from './ids.ts'
import { namedMinute } from './japan-time.ts'

export const ruleIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/)
const ruleNameSchema = z.string().trim().min(1).max(80)
const noteSchema = z.string().trim().max(2_000)

/** Thresholds are decimal strings, since signed JSON carries no fractions. */
const decimalSchema = z.string().regex(/^-?[0-9]{1,15}(\.[0-9]{1,6})?$/)

/** What is watched: a metric beyond a threshold, or no telemetry of an instance at all. */
export const conditionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('threshold'),
    metric: z.string().min(1).max(128),
    above: z.boolean(),
    threshold: decimalSchema,
    /** How long it must hold without a break. */
    forSeconds: z.int().min(0).max(86_400),
  }),
  z.strictObject({ kind: z.literal('silence'), forSeconds: z.int().min(5).max(86_400) }),
])
export type Condition = z.infer<typeof conditionSchema>

export const ruleRowSchema = z.strictObject({
  rule: ruleIdSchema,
  name: ruleNameSchema,
  severity: severitySchema,
  condition: conditionSchema,
  /** 監視 and 通知 are two switches. */
  watching: z.boolean(),
  notifying: z.boolean(),
  /** Comes with the product; can be changed and switched off, not removed. */
  builtIn: z.boolean(),
  changedAt: instantSchema,
  changedBy: operatorIdSchema,
})
export type RuleRow = z.infer<typeof ruleRowSchema>

export const rules = defineCollection({
  name: 'alerts.rules',
  version: 1,
  schema: ruleRowSchema,
  key: (row) => row.rule,
  indexes: [['severity']],
  read: 'alerts.read',
  retention: { rows: 1_000 },
})

/** One row per rule and instance that is, or was, beyond its bound. */
export const alertRowSchema = z.strictObject({
  /** `rule/instance/firedAt` */
  key: z.string().max(128),
  rule: ruleIdSchema,
  name: ruleNameSchema,
  instance: z.string().max(64),
  severity: severitySchema,
  state: z.enum(['firing', 'acknowledged', 'resolved']),
  /** The measured value at firing, as a decimal string; empty for silence. */
  value: z.string().max(32),
  metric: z.string().max(128),
  firedAt: instantSchema,
  acknowledgedAt: instantSchema.nullable(),
  acknowledgedBy: operatorIdSchema.nullable(),
  note: noteSchema,
  resolvedAt: instantSchema.nullable(),
  notifying: z.boolean(),
})
export type AlertRow = z.infer<typeof alertRowSchema>

export const alerts = defineCollection({
  name: 'alerts',
  version: 1,
  schema: alertRowSchema,
  key: (row) => row.key,
  indexes: [['state'], ['severity'], ['firedAt']],
  search: (row) => `${row.name}\n${row.note}`,
  read: 'alerts.read',
  retention: { rows: 100_000, by: 'firedAt' },
})

/** 無通知: until an end, always. While it lasts the alert is recorded and shown, but nobody is notified. */
export const silenceRowSchema = z.strictObject({
  rule: ruleIdSchema,
  until: instantSchema,
  by: operatorIdSchema,
  note: noteSchema,
  since: instantSchema,
})
export type SilenceRow = z.infer<typeof silenceRowSchema>

export const silences = defineCollection({
  name: 'alerts.silences',
  version: 1,
  schema: silenceRowSchema,
  key: (row) => row.rule,
  indexes: [['until']],
  read: 'alerts.read',
  retention: { rows: 1_000 },
})
export const longestSilenceMs = 30 * 24 * 60 * 60 * 1000

export const acknowledgeAlert = defineCommand({
  name: 'alerts.acknowledge',
  risk: 'low',
  permission: 'alerts.operate',
  params: z.strictObject({ key: z.string().max(128), note: noteSchema }),
})
export const silenceRule = defineCommand({
  name: 'alerts.silence',
  risk: 'low',
  permission: 'alerts.operate',
  params: z.strictObject({ rule: ruleIdSchema, until: instantSchema, note: noteSchema }),
})
export const liftSilence = defineCommand({
  name: 'alerts.liftSilence',
  risk: 'low',
  permission: 'alerts.operate',
  params: z.strictObject({ rule: ruleIdSchema }),
})
export const saveRule = defineCommand({
  name: 'alerts.saveRule',
  risk: 'low',
  permission: 'alerts.configure',
  params: ruleRowSchema.omit({ changedAt: true, changedBy: true, builtIn: true }),
})
export const removeRule = defineCommand({
  name: 'alerts.removeRule',
  risk: 'low',
  permission: 'alerts.configure',
  params: z.strictObject({ rule: ruleIdSchema }),
})
/** Signed by the service key: a rule's condition has held for its time, or holds no more. */
export const recordAlert = defineCommand({
  name: 'alerts.record',
  risk: 'low',
  permission: 'alerts.configure',
  signedBy: 'service',
  params: z.strictObject({
    rule: ruleIdSchema,
    instance: z.string().max(64),
    firing: z.boolean(),
    /** Names the alert together with rule and instance, so that each is fired and resolved once. */
    firedAt: instantSchema,
    value: z.string().max(32),
  }),
})

export const alertKey = (rule: string, instance: string, firedAt: number): string => `${rule}/${instance}/${firedAt}`

const units: readonly (readonly [suffix: string, unit: string])[] = [
  ['.percent', '%'],
  ['.ms', ' ms'],
  ['.seconds', ' s'],
  ['.bytes-per-second', ' B/s'],
  ['.bytes', ' B'],
  ['.per-second', '/s'],
]
/** A measured value with the unit that its metric's name ends in: `92.5%`. */
export const measured = (metric: string, value: string): string =>
  value + (units.find(([suffix]) => metric.endsWith(suffix))?.[1] ?? '')

const about = z.strictObject({ rule: ruleIdSchema, name: ruleNameSchema })
export const alertFired = defineEvent({
  type: 'alerts.fired@1',
  data: about.extend({
    key: z.string().max(128),
    instance: z.string().max(64),
    severity: severitySchema,
    kind: z.enum(['threshold', 'silence']),
    metric: z.string().max(128),
    value: z.string().max(32),
    seconds: z.int(),
    notifying: z.boolean(),
    firedAt: instantSchema,
  }),
  notice: ({ name, kind, severity, metric, value, seconds }) => ({
    category: 'system',
    severity,
    code: kind === 'silence' ? 'alerts.silent' : 'alerts.fired',
    params: { rule: name, value: measured(metric, value), seconds },
  }),
})
export const alertResolved = defineEvent({
  type: 'alerts.resolved@1',
  data: about.extend({ key: z.string().max(128) }),
  notice: ({ name }) => ({ category: 'system', severity: 'info', code: 'alerts.resolved', params: { rule: name } }),
})
export const alertAcknowledged = defineEvent({
  type: 'alerts.acknowledged@1',
  data: about.extend({ key: z.string().max(128), note: noteSchema }),
  notice: ({ name, note }) => ({
    category: 'user',
    severity: 'info',
    code: 'alerts.acknowledged',
    params: { rule: name },
    ...(note && { detail: note }),
  }),
})
export const ruleSilenced = defineEvent({
  type: 'alerts.silenced@1',
  data: about.extend({ until: instantSchema, note: noteSchema }),
  notice: ({ name, until, note }) => ({
    category: 'user',
    severity: 'notice',
    code: 'alerts.silenced',
    params: { rule: name, until: namedMinute(until) },
    ...(note && { detail: note }),
  }),
})
export const silenceLifted = defineEvent({
  type: 'alerts.silenceLifted@1',
  data: about,
  notice: ({ name }) => ({ category: 'user', severity: 'info', code: 'alerts.unsilenced', params: { rule: name } }),
})
export const ruleSaved = defineEvent({
  type: 'alerts.ruleSaved@1',
  data: ruleRowSchema.omit({ changedAt: true, changedBy: true }),
  notice: ({ name }) => ({ category: 'user', severity: 'notice', code: 'alerts.rule-saved', params: { rule: name } }),
})
export const ruleRemoved = defineEvent({
  type: 'alerts.ruleRemoved@1',
  data: about,
  notice: ({ name }) => ({ category: 'user', severity: 'notice', code: 'alerts.rule-removed', params: { rule: name } }),
})
