import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import type { Description, DescriptionWord } from './description.ts'
import { defineEvent } from './event.ts'
import { collectionNameSchema, instantSchema, moduleNameSchema } from './ids.ts'

/** starting → running ⇄ degraded → stopping → stopped; failed when the supervisor gave up. */
export const moduleStates = ['starting', 'running', 'degraded', 'stopping', 'stopped', 'failed'] as const
export type ModuleState = (typeof moduleStates)[number]

const instanceSchema = z.string().min(1).max(64)
/** A stable code of what is wrong; empty when nothing is. */
const reasonSchema = z.string().max(120)

export const moduleRowSchema = z.strictObject({
  module: moduleNameSchema,
  instance: instanceSchema,
  version: z.string().max(32),
  essential: z.boolean(),
  state: z.enum(moduleStates),
  reason: reasonSchema,
  restarts: z.int().min(0),
  since: instantSchema,
})
export type ModuleRow = z.infer<typeof moduleRowSchema>

export const instanceRowSchema = z.strictObject({
  instance: instanceSchema,
  version: z.string().max(32),
  hostname: z.string().max(255),
  pid: z.int(),
  mode: z.enum(['embedded', 'standalone']),
  state: z.enum(['running', 'stopped', 'crashed']),
  startedAt: instantSchema,
  stoppedAt: instantSchema.nullable(),
})
export type InstanceRow = z.infer<typeof instanceRowSchema>

export const modules = defineCollection({
  name: 'hub.modules',
  version: 1,
  schema: moduleRowSchema,
  key: (row) => `${row.instance}/${row.module}`,
  indexes: [['state']],
  read: 'hub.read',
  retention: { rows: 10_000 },
})
export const instances = defineCollection({
  name: 'hub.instances',
  version: 1,
  schema: instanceRowSchema,
  key: (row) => row.instance,
  indexes: [['startedAt']],
  read: 'hub.read',
  retention: { rows: 1_000 },
})

const target = z.strictObject({ instance: instanceSchema, module: moduleNameSchema })
export const moduleActions = ['start', 'stop', 'restart'] as const
export type ModuleAction = (typeof moduleActions)[number]

/** Shown where a policy asks for approvals of it. */
const ofModule = (title: DescriptionWord, { module, instance }: z.output<typeof target>): Description => ({
  title,
  lines: [
    { label: 'module', values: [{ as: 'text', text: module }] },
    { label: 'instance', values: [{ as: 'text', text: instance }] },
  ],
  effects: title === 'hub.startModule' ? [] : ['effect.moduleStops'],
})

export const startModule = defineCommand({
  name: 'hub.startModule',
  risk: 'low',
  permission: 'hub.operate',
  params: target,
  describe: (params) => ofModule('hub.startModule', params),
})
export const stopModule = defineCommand({
  name: 'hub.stopModule',
  risk: 'low',
  permission: 'hub.operate',
  params: target,
  describe: (params) => ofModule('hub.stopModule', params),
})
export const restartModule = defineCommand({
  name: 'hub.restartModule',
  risk: 'low',
  permission: 'hub.operate',
  params: target,
  describe: (params) => ofModule('hub.restartModule', params),
})

/** Takes an instance that never comes back off the list; one that still runs puts itself on it again. */
export const forgetInstance = defineCommand({
  name: 'hub.forgetInstance',
  risk: 'low',
  permission: 'hub.administer',
  params: z.strictObject({ instance: instanceSchema }),
  describe: ({ instance }) => ({
    title: 'hub.forgetInstance',
    lines: [{ label: 'instance', values: [{ as: 'text', text: instance }] }],
    effects: [],
  }),
})

/** Signed by the service key: what the supervisor did or saw. */
export const recordModule = defineCommand({
  name: 'hub.recordModule',
  risk: 'low',
  permission: 'hub.operate',
  signedBy: 'service',
  params: moduleRowSchema.omit({ since: true }),
})
export const recordInstance = defineCommand({
  name: 'hub.recordInstance',
  risk: 'low',
  permission: 'hub.operate',
  signedBy: 'service',
  params: instanceRowSchema.omit({ stoppedAt: true }),
})
export const recordRebuilt = defineCommand({
  name: 'hub.recordRebuilt',
  risk: 'low',
  permission: 'hub.operate',
  signedBy: 'service',
  params: z.strictObject({ collection: collectionNameSchema, epoch: z.int().min(1) }),
})

/** Asks the supervisor, through the outbox; what came of it returns as `hub.recordModule`. */
export const moduleRequested = defineEvent({
  type: 'hub.moduleRequested@1',
  data: target.extend({ action: z.enum(moduleActions) }),
  notice: ({ module, action }) => ({
    category: 'user',
    severity: 'notice',
    code: `hub.${action}-requested`,
    params: { module },
  }),
})
const stateNotice = {
  starting: undefined,
  stopping: undefined,
  running: { code: 'hub.module-running', severity: 'info' },
  degraded: { code: 'hub.module-degraded', severity: 'warning' },
  stopped: { code: 'hub.module-stopped', severity: 'notice' },
  failed: { code: 'hub.module-failed', severity: 'major' },
} as const
export const moduleRecorded = defineEvent({
  type: 'hub.moduleRecorded@1',
  data: moduleRowSchema.omit({ since: true }),
})
/** Written beside `moduleRecorded` only when the state changed to one that a person wants to read about. */
export const moduleChanged = defineEvent({
  type: 'hub.moduleChanged@1',
  data: z.strictObject({
    module: moduleNameSchema,
    instance: instanceSchema,
    state: z.enum(['running', 'degraded', 'stopped', 'failed']),
    reason: reasonSchema,
  }),
  notice: ({ module, state, reason }) => ({
    category: 'system',
    ...stateNotice[state],
    params: { module },
    ...(reason && { detail: reason }),
  }),
})
const instanceNotice = {
  running: { code: 'hub.started', severity: 'info' },
  stopped: { code: 'hub.stopped', severity: 'notice' },
  crashed: { code: 'hub.crashed', severity: 'major' },
} as const
export const instanceRecorded = defineEvent({
  type: 'hub.instanceRecorded@1',
  data: instanceRowSchema.omit({ stoppedAt: true }),
  notice: ({ instance, state }) => ({ category: 'system', ...instanceNotice[state], params: { instance } }),
})
export const instanceForgotten = defineEvent({
  type: 'hub.instanceForgotten@1',
  /** With the modules that were listed for it. */
  data: z.strictObject({ instance: instanceSchema, modules: z.array(moduleNameSchema).max(64) }),
  notice: ({ instance }) => ({
    category: 'user',
    severity: 'notice',
    code: 'hub.instance-forgotten',
    params: { instance },
  }),
})
export const collectionRebuilt = defineEvent({
  type: 'hub.collectionRebuilt@1',
  data: z.strictObject({ collection: collectionNameSchema, epoch: z.int().min(1) }),
  notice: ({ collection }) => ({
    category: 'system',
    severity: 'notice',
    code: 'hub.collection-rebuilt',
    params: { collection },
  }),
})
