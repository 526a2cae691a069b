import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { categorySchema, defineEvent, severitySchema } from './event.ts'
import { commandIdSchema, instantSchema, moduleNameSchema, operatorIdSchema } from './ids.ts'
import { noticeText } from './notices.ts'

/** `000000001234-000`: log index and number within its entry, so that keys sort as the log does. */
export const eventKeySchema = z.string().regex(/^[0-9]{12}-[0-9]{3}$/)
export const eventKey = (index: number, nth: number): string =>
  `${String(index).padStart(12, '0')}-${String(nth).padStart(3, '0')}`

const noteSchema = z.string().trim().max(2_000)

export const eventRowSchema = z.strictObject({
  key: eventKeySchema,
  at: instantSchema,
  category: categorySchema,
  severity: severitySchema,
  module: moduleNameSchema,
  actor: operatorIdSchema,
  /** Id of the command that caused it: what belongs to one action shares it. */
  correlation: commandIdSchema,
  code: z.string().max(64),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  detail: z.string().max(2_000),
  /** none: nothing to do (info, notice); open: waits for a person; acknowledged. */
  state: z.enum(['none', 'open', 'acknowledged']),
  acknowledgedBy: operatorIdSchema.nullable(),
  acknowledgedAt: instantSchema.nullable(),
  note: noteSchema,
})
export type EventRow = z.infer<typeof eventRowSchema>

export const events = defineCollection({
  name: 'events',
  version: 1,
  schema: eventRowSchema,
  key: (row) => row.key,
  indexes: [['category'], ['severity'], ['module'], ['actor'], ['state'], ['correlation'], ['at']],
  search: (row) => [noticeText('ja', row.code, row.params), row.detail, row.note, row.actor].filter(Boolean).join('\n'),
  read: 'events.read',
  retention: { rows: 1_000_000, by: 'key' },
})

export const handoverRowSchema = z.strictObject({
  key: eventKeySchema,
  at: instantSchema,
  by: operatorIdSchema,
  /** `2026/11/21 日勤`, or whatever the shift is called. */
  shift: z.string().trim().min(1).max(80),
  text: z.string().trim().min(1).max(4_000),
})
export type HandoverRow = z.infer<typeof handoverRowSchema>

export const handovers = defineCollection({
  name: 'events.handovers',
  version: 1,
  schema: handoverRowSchema,
  key: (row) => row.key,
  indexes: [['at']],
  search: (row) => `${row.shift}\n${row.text}`,
  read: 'events.read',
  retention: { rows: 100_000, by: 'key' },
})

/** Facts from jobs and adapters, signed by a service key; at most 100 to an entry. */
const recordable = z.strictObject({
  category: categorySchema,
  severity: severitySchema,
  code: z.string().max(64),
  params: z.record(z.string().max(32), z.union([z.string().max(200), z.int()])),
  detail: z.string().max(2_000),
})
export const recordEvents = defineCommand({
  name: 'events.record',
  risk: 'low',
  permission: 'events.record',
  signedBy: 'service',
  params: z.strictObject({ events: z.array(recordable).min(1).max(100) }),
})
/** 確認済みにする, with a note, several at once. */
export const acknowledgeEvents = defineCommand({
  name: 'events.acknowledge',
  risk: 'low',
  permission: 'events.acknowledge',
  params: z.strictObject({ keys: z.array(eventKeySchema).min(1).max(100), note: noteSchema }),
})
export const leaveHandover = defineCommand({
  name: 'events.handOver',
  risk: 'low',
  permission: 'events.handover',
  params: handoverRowSchema.pick({ shift: true, text: true }),
})

export const eventRecorded = defineEvent({
  type: 'events.recorded@1',
  data: recordable,
})
export const eventsAcknowledged = defineEvent({
  type: 'events.acknowledged@1',
  data: z.strictObject({ keys: z.array(eventKeySchema), note: noteSchema }),
  notice: ({ keys, note }) => ({
    category: 'user',
    severity: 'info',
    code: 'events.acknowledged',
    params: { count: keys.length },
    ...(note && { detail: note }),
  }),
})
export const handedOver = defineEvent({
  type: 'events.handedOver@1',
  data: handoverRowSchema.pick({ shift: true, text: true }),
  notice: ({ shift }) => ({
    category: 'user',
    severity: 'info',
    code: 'events.handed-over',
    params: {},
    detail: shift,
  }),
})
