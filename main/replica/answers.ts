import { join } from 'node:path'
import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { type AccountRow, accounts, transfers } from '#protocol/payments-records.ts'
import { checkBalances } from './balance.ts'
import type { Keeper } from './keeper.ts'
import type { Deployment, WorkerCalls, WorkerOptions } from './messages.ts'
import { removeFile } from './open-database.ts'
import { checkFields } from './predicate.ts'
import { count, query } from './query.ts'
import { openSentStore, type SentStore } from './sent-store.ts'
import type { Store } from './store.ts'

const sentFile = (ephemeral: boolean): string => (ephemeral ? 'sent.run.db' : 'sent.db')

const readJson = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

const deploymentSchema = z.strictObject({ id: z.string(), name: z.string(), logKey: z.string() })
const ownerIn = (store: Store): Deployment | null =>
  deploymentSchema
    .nullable()
    .catch(null)
    .parse(readJson(store.getMeta('deployment')))

/** What the worker answers, by name. `begun` hears which session's frames may be applied from now on. */
export const answers = (
  options: WorkerOptions,
  keeper: Keeper,
  begun: (session: number) => void,
): WorkerCalls & { open(): string | null } => {
  let sent: SentStore | null = null

  const openSent = (): string | null => {
    const name = sentFile(options.ephemeral)
    if (options.ephemeral && sent === null) removeFile(join(options.directory, name))
    const opened = openSentStore(options.directory, { key: options.key, name })
    sent = opened.store
    return opened.setAside
  }
  const sentStore = (): SentStore => {
    if (sent === null) openSent()
    if (sent === null) throw new Error('sent.db is not open')
    return sent
  }

  return {
    open: () => {
      let setAside: string | null = null
      try {
        setAside = openSent()
        keeper.store()
      } catch {
        // The state tells of it, and the next use tries again.
      }
      return setAside
    },
    claim: (deployment, earlier) => {
      const owner = keeper.guard(ownerIn)
      if (owner?.id === deployment.id && ![deployment.logKey, ...earlier].includes(owner.logKey)) {
        throw new LibralError('log.broken', { reason: 'key-changed' })
      }
      if (owner !== null && owner.id !== deployment.id) keeper.discard()
      keeper.guard((store) => store.setMeta('deployment', JSON.stringify(deployment)))
    },
    begin: (session) => {
      const cursors = keeper.guard((store) => store.applier.begin())
      begun(session)
      return cursors
    },
    query: (asked) =>
      keeper.guard((store) => {
        checkFields(asked.filter, asked.sort.field)
        const { rows, ...as } = store.rowsOf(asked.filter.collection)
        return { ...(rows === null ? { rows: [], next: null } : query(rows, asked)), ...as }
      }),
    get: (collection, key) =>
      keeper.guard((store) => {
        const { rows } = store.rowsOf(collection)
        const id = rows?.table.idOf(key) ?? null
        const json = id === null ? null : (rows?.table.body(id) ?? null)
        return json === null ? null : JSON.parse(json)
      }),
    count: (filter) =>
      keeper.guard((store) => {
        checkFields(filter, null)
        const { rows } = store.rowsOf(filter.collection)
        return rows === null ? { count: 0, capped: false } : count(rows, filter)
      }),
    chunk: (filter, descending, after, limit) =>
      keeper.guard((store) => {
        checkFields(filter, null)
        const { rows, ...as } = store.rowsOf(filter.collection)
        const asked = { filter, sort: { field: null, descending }, after, limit }
        return { ...(rows === null ? { rows: [], next: null } : query(rows, asked)), ...as }
      }),
    balances: () =>
      keeper.guard((store) => {
        const booked = store.rowsOf(transfers.name)
        const kept = store.rowsOf(accounts.name)
        const ids = kept.rows?.table.page(null, false, accounts.retention.rows) ?? []
        const rows = ids.map(({ id }) => JSON.parse(kept.rows?.table.body(id) ?? '{}') as AccountRow)
        return checkBalances(booked.rows, rows, booked.state === 'ready' && kept.state === 'ready')
      }),
    backlog: () => keeper.guard((store) => store.backlog()),
    owner: () => keeper.guard(ownerIn),
    sentLoad: () => sentStore().load(),
    sentPut: (records) => sentStore().put(records),
    close: () => {
      sent?.close()
      keeper.close()
      if (options.ephemeral) removeFile(join(options.directory, sentFile(true)))
    },
  }
}
