import {
  acknowledgeEvents,
  eventKey,
  eventRecorded,
  events,
  eventsAcknowledged,
  handedOver,
  handovers,
  leaveHandover,
  recordEvents,
} from '#protocol/events.ts'
import {
  accept,
  defineHandler,
  defineModule,
  defineProjection,
  happened,
  type ModuleDefinition,
  ref,
  refuse,
} from '../../kernel/module.ts'
import { rowOfNotice } from './notice-row.ts'

const record = defineHandler({
  command: recordEvents,
  reads: () => [],
  decide: (params) => accept(...params.events.map((event) => happened(eventRecorded, event))),
})

/** All or none: a list that a person saw and chose is not acknowledged in part. */
const acknowledge = defineHandler({
  command: acknowledgeEvents,
  reads: ({ keys }) => keys.map((key) => ref(events, key)),
  decide: ({ keys, note }, _meta, state) => {
    const distinct = [...new Set(keys)]
    for (const key of distinct) {
      const row = state.get(events, key)
      if (!row) return refuse('events.unknown', { key })
      if (row.state === 'acknowledged') return refuse('events.already-acknowledged', { key })
    }
    return accept(happened(eventsAcknowledged, { keys: distinct, note }))
  },
})

const handOver = defineHandler({
  command: leaveHandover,
  reads: () => [],
  decide: (params) => accept(happened(handedOver, params)),
})

const acknowledged = defineProjection({
  on: eventsAcknowledged,
  into: events,
  reads: ({ keys }) => keys,
  project: ({ keys, note }, meta, get) =>
    keys.flatMap((key) => {
      const row = get(key)
      if (!row) return []
      const by = { acknowledgedBy: meta.operator, acknowledgedAt: meta.at, note }
      return [{ key, row: { ...row, state: 'acknowledged' as const, ...by } }]
    }),
})
/** Facts that adapters and jobs report carry their own words. */
const recorded = defineProjection({
  on: eventRecorded,
  into: events,
  reads: () => [],
  project: (data, meta) => {
    const row = rowOfNotice(data, meta.operator.replace(/^service:/, ''), meta)
    return [{ key: row.key, row }]
  },
})
const left = defineProjection({
  on: handedOver,
  into: handovers,
  reads: () => [],
  project: (data, meta) => {
    const key = eventKey(meta.index, meta.nth)
    return [{ key, row: { key, at: meta.at, by: meta.operator, ...data } }]
  },
})

/** イベント: a line for each event of the log that has something to say to a person. */
export const createEvents = (): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'events',
      version: '1.0.0',
      essential: true,
      needs: [],
      restarts: { max: 5, withinMs: 10_000 },
    },
    collections: [events, handovers],
    events: [eventRecorded, eventsAcknowledged, handedOver],
    handlers: [record, acknowledge, handOver],
    projections: [acknowledged, recorded, left],
    noticeProjections: [
      {
        into: events,
        project: ({ definition, data }, meta) => {
          const notice = definition.notice?.(data)
          if (!notice) return []
          const module = definition.type.slice(0, definition.type.indexOf('.'))
          const row = rowOfNotice(notice, module, meta)
          return [{ key: row.key, row }]
        },
      },
    ],
    signs: [recordEvents],
    start: async () => ({ health: () => ({ ok: true, reason: '' }), stop: async () => undefined }),
  })
