import type { ErrorCode } from '#protocol/errors.ts'
import { recordEvents } from '#protocol/events.ts'
import type { ServiceCommand } from '../../kernel/module.ts'
import type { MeteredCall } from '../../transport/services.ts'

/** Codes that say that the backend itself is at fault, rather than the caller or the network. */
const faults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'internal.unexpected',
  'storage.full',
  'storage.unreadable',
  'log.broken',
])
/** Kinds that wait to be written; procedures times codes stay far below. */
const bound = 100

/** Counts the API's own failures, for イベント: one line for each kind since the last. */
export interface ApiFaults {
  note(call: MeteredCall): void
  /** What to write, and forgets it; null when nothing failed. */
  drain(): ServiceCommand<typeof recordEvents.params> | null
}

export const createApiFaults = (): ApiFaults => {
  let counts = new Map<string, { readonly procedure: string; readonly code: string; readonly count: number }>()
  return {
    note: ({ procedure, code }) => {
      if (code === null || !faults.has(code)) return
      const key = `${procedure} ${code}`
      if (!counts.has(key) && counts.size >= bound) return
      counts.set(key, { procedure, code, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    drain: () => {
      const kinds = [...counts.values()]
      counts = new Map()
      if (kinds.length === 0) return null
      const events = kinds.map((params) => ({
        category: 'api' as const,
        severity: 'minor' as const,
        code: 'events.api-error',
        params,
        detail: '',
      }))
      return { command: recordEvents, params: { events } }
    },
  }
}
