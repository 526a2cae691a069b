import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { SafeParams } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { type Reader, rowId, type StoredChange } from '../storage/port.ts'
import type { ModuleContext, ServiceCommand } from './module.ts'
import { type Served, servedEpoch } from './served.ts'
import { traceOf } from './trace.ts'

/** Ids and codes, never payloads. */
export interface KernelLog {
  info(event: string, fields?: SafeParams): void
  warn(event: string, fields?: SafeParams): void
  error(event: string, fields?: SafeParams): void
}

type CommitListener = Parameters<ModuleContext['onCommit']>[1]

/** Who wants to know of which collections' changes. */
export interface CommitListeners {
  readonly on: ModuleContext['onCommit']
  /** What was committed meanwhile can't be told change by change any more: whoever holds rows reads them anew. */
  reload(): void
  tell(changes: readonly StoredChange[]): void
}

export const createCommitListeners = (log: KernelLog): CommitListeners => {
  const listeners = new Set<{
    readonly wanted: ReadonlySet<string>
    readonly listener: CommitListener
    readonly missed: () => void
  }>()
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (thrown) {
      log.error('kernel.commit-listener-failed', traceOf(thrown))
    }
  }
  return {
    reload: () => {
      for (const { missed } of listeners) guarded(missed)
    },
    on: (collections, listener, missed) => {
      const entry = { wanted: new Set(collections.map(({ name }) => name)), listener, missed }
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    tell: (changes) => {
      for (const { wanted, listener } of listeners) {
        const theirs = changes.filter(({ collection }) => wanted.has(collection))
        if (theirs.length === 0) continue
        guarded(() => listener(theirs.map(({ collection, key, value }) => ({ collection, key, row: value }))))
      }
    },
  }
}

const pageRows = 500

/** Reads the collections that are served now. */
export const readerFor = (storage: Reader, served: Served): ModuleContext['read'] => ({
  get: async <Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string) => {
    const epoch = servedEpoch(served, collection.name)
    const found = await storage.rows.get([{ collection: collection.name, epoch, key }])
    return found.get(rowId(collection.name, key)) as z.output<Row> | undefined
  },
  list: async <Row extends z.ZodType>(collection: CollectionDefinition<Row>, prefix = '') => {
    const epoch = servedEpoch(served, collection.name)
    const own =
      prefix === '' ? undefined : await storage.rows.get([{ collection: collection.name, epoch, key: prefix }])
    const rows = [...(own?.values() ?? [])] as z.output<Row>[]
    // Keys are in order, so what begins so stands together, after the prefix itself.
    for (let after: string | null = prefix === '' ? null : prefix; ; ) {
      const page = await storage.rows.page(collection.name, epoch, after, pageRows)
      for (const { key, value } of page) {
        if (!key.startsWith(prefix)) return rows
        rows.push(value as z.output<Row>)
      }
      const last = page.at(-1)
      if (!last || page.length < pageRows) return rows
      after = last.key
    }
  },
})

export interface ContextDeps {
  readonly now: () => Instant
  readonly instance: string
  readonly deployment: ModuleContext['deployment']
  readonly read: ModuleContext['read']
  readonly keepEvidence: ModuleContext['keepEvidence']
  readonly onCommit: ModuleContext['onCommit']
  readonly receive: ModuleContext['receive']
  readonly inbox: ModuleContext['inbox']
  readonly log: KernelLog
  readonly submit: (module: string, command: ServiceCommand) => Promise<void>
  readonly secret: (module: string, purpose: string) => Uint8Array
}

/** What one incarnation of a module may do. Its listeners end with it: `dispose`. */
export const createContext = (
  deps: ContextDeps,
  module: string,
  crashed: (reason: unknown) => void,
): { readonly context: ModuleContext; readonly dispose: () => void } => {
  const disposers = new Set<() => void>()
  const { now, instance, deployment, read, receive, inbox, keepEvidence } = deps
  const named = (fields: SafeParams = {}): SafeParams => ({ module, ...fields })
  const context: ModuleContext = {
    now,
    instance,
    deployment,
    read,
    receive,
    inbox,
    keepEvidence,
    submit: (command) => deps.submit(module, command as ServiceCommand),
    secret: (purpose) => deps.secret(module, purpose),
    onCommit: (collections, listener, missed) => {
      const off = deps.onCommit(collections, listener, missed)
      disposers.add(off)
      return off
    },
    log: {
      info: (event, fields) => deps.log.info(event, named(fields)),
      warn: (event, fields) => deps.log.warn(event, named(fields)),
      error: (event, fields) => deps.log.error(event, named(fields)),
    },
    crashed,
  }
  return {
    context,
    dispose: () => {
      for (const dispose of disposers) dispose()
    },
  }
}
