import { z } from 'zod'
import { defineCollection } from '#protocol/collection.ts'
import { bytes32Schema, moduleNameSchema } from '#protocol/ids.ts'
import {
  certifyServices,
  keyHandoverSchema,
  logKeyReplaced,
  logOpened,
  logRestored,
  openLog,
  replaceLogKey,
  restorationSchema,
  restoreLog,
  servicesCertified,
} from '#protocol/log.ts'
import { isSigned } from '#trust/log-keys.ts'
import { isRestoration } from '#trust/restoration.ts'
import {
  accept,
  defineHandler,
  defineModule,
  defineProjection,
  happened,
  type ModuleDefinition,
  ref,
  refuse,
} from './module.ts'

/** Which service keys the log certifies, and for which commands. Kept by the backend; no desktop mirrors it. */
export const certified = defineCollection({
  name: 'log.services',
  version: 1,
  schema: z.strictObject({ service: moduleNameSchema, key: bytes32Schema, commands: z.array(z.string()) }),
  key: (row) => row.service,
  indexes: [],
  read: 'log.read',
  retention: { rows: 10_000 },
})

/** By the key that gave way. */
export const logKeys = defineCollection({
  name: 'log.keys',
  version: 1,
  schema: keyHandoverSchema,
  key: (row) => row.previous,
  indexes: [],
  read: 'log.read',
  retention: { rows: 1_000 },
})

/** By the id that gave way. */
export const restorations = defineCollection({
  name: 'log.restorations',
  version: 1,
  schema: restorationSchema,
  key: ({ statement }) => statement.previous,
  indexes: [],
  read: 'log.read',
  retention: { rows: 1_000 },
})

const rowsOf = <Row extends { readonly service: string }>(services: readonly Row[]) =>
  services.map((row) => ({ key: row.service, row }))

/** The kernel's own entries: the genesis, and which service keys may sign what. Only the log key writes them. */
export const logModule: ModuleDefinition = defineModule({
  manifest: { name: 'log', version: '1', essential: true, needs: [], restarts: { max: 0, withinMs: 0 } },
  collections: [certified, logKeys, restorations],
  events: [logOpened, servicesCertified, logKeyReplaced, logRestored],
  handlers: [
    defineHandler({
      command: openLog,
      // Of two instances that start on an empty store, one opens the log.
      reads: ({ services }) => services.slice(0, 1).map(({ service }) => ref(certified, service)),
      decide: (params, _meta, state) => {
        const [first] = params.services
        const opened = first !== undefined && state.get(certified, first.service) !== undefined
        return opened ? refuse('log.broken', { reason: 'opened' }) : accept(happened(logOpened, params))
      },
    }),
    defineHandler({
      command: replaceLogKey,
      reads: ({ previous, logKey }) => [ref(logKeys, previous), ref(logKeys, logKey)],
      decide: (params, _meta, state) => {
        const used = [params.previous, params.logKey].some((key) => state.get(logKeys, key) !== undefined)
        if (used || !isSigned(params)) return refuse('log.broken', { reason: 'key-replaced' })
        return accept(happened(logKeyReplaced, params))
      },
    }),
    defineHandler({
      command: restoreLog,
      reads: ({ statement }) => [ref(restorations, statement.previous), ref(restorations, statement.context)],
      decide: (params, _meta, state) => {
        const { previous, context } = params.statement
        const used = [previous, context].some((id) => state.get(restorations, id) !== undefined)
        if (used || !isRestoration(params)) return refuse('log.broken', { reason: 'restored' })
        return accept(happened(logRestored, params))
      },
    }),
    defineHandler({
      command: certifyServices,
      reads: () => [],
      decide: (params) => accept(happened(servicesCertified, params)),
    }),
  ],
  projections: [
    defineProjection({
      on: logOpened,
      into: certified,
      reads: () => [],
      project: ({ services }) => rowsOf(services),
    }),
    defineProjection({
      on: logKeyReplaced,
      into: logKeys,
      reads: () => [],
      project: (row) => [{ key: row.previous, row }],
    }),
    defineProjection({
      on: logRestored,
      into: restorations,
      reads: () => [],
      project: (row) => [{ key: row.statement.previous, row }],
    }),
    defineProjection({
      on: servicesCertified,
      into: certified,
      reads: () => [],
      project: ({ services }) => rowsOf(services),
    }),
  ],
  signs: [],
  start: async () => ({ health: () => ({ ok: true, reason: '' }), stop: async () => undefined }),
})
