import type { z } from 'zod'
import type {
  Decision,
  EventMeta,
  ModuleContext,
  ModuleDefinition,
  NewEvent,
  RowRef,
  ServiceCommand,
} from '#backend/kernel/module.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { CommandDefinition } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'

/**
 * The declarative part of modules run over maps: commands are decided and projected as the kernel does it, with neither
 * log nor signatures. Rows are parsed by their schemas, so a projection that writes a wrong row fails here.
 */
export interface World {
  now: number
  readonly events: readonly { readonly type: string; readonly data: unknown }[]
  /** Decides and projects. @returns the types of the events @throws LibralError of a refusal */
  submit<Params extends z.ZodType>(
    command: CommandDefinition<Params>,
    params: z.input<Params>,
    by?: { readonly operator?: string; readonly roles?: readonly Role[]; readonly certificate?: string },
  ): readonly string[]
  row<Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string): z.output<Row> | undefined
  rows<Row extends z.ZodType>(collection: CollectionDefinition<Row>): readonly z.output<Row>[]
  /** Writes a row as if a projection had. */
  put<Row extends z.ZodType>(collection: CollectionDefinition<Row>, row: z.input<Row>): void
  /** A context whose service key is `service:<module>`; `logged` gathers its warnings. */
  context(module: string): ModuleContext & { readonly logged: readonly string[] }
  /** While set, every submission of a context fails with it. */
  broken: LibralError | undefined
}

type Listener = Parameters<ModuleContext['onCommit']>[1]

export const createWorld = (modules: readonly ModuleDefinition[], start = 1_800_000_000_000): World => {
  const tables = new Map<string, Map<string, unknown>>()
  const listeners = new Set<{ readonly names: ReadonlySet<string>; readonly listener: Listener }>()
  const events: { readonly type: string; readonly data: unknown }[] = []
  const handlers = new Map(modules.flatMap(({ handlers: all }) => all.map((one) => [one.command.name, one] as const)))
  let size = 0

  const table = (name: string): Map<string, unknown> => {
    const known = tables.get(name) ?? new Map<string, unknown>()
    tables.set(name, known)
    return known
  }
  const write = (collection: CollectionDefinition, key: string, row: unknown): void => {
    if (row === null) table(collection.name).delete(key)
    else table(collection.name).set(key, collection.schema.parse(row))
  }
  const projected = (event: NewEvent, meta: EventMeta) => {
    const changes: { collection: string; key: string; row: unknown }[] = []
    const put = (collection: CollectionDefinition, key: string, row: unknown): void => {
      write(collection, key, row)
      changes.push({ collection: collection.name, key, row })
    }
    for (const { projections, noticeProjections } of modules) {
      for (const { on, into, reads, project } of projections) {
        if (on.type !== event.definition.type) continue
        const visible = new Set(reads(event.data, meta))
        const get = (key: string) => (visible.has(key) ? table(into.name).get(key) : undefined)
        for (const { key, row } of project(event.data, meta, get)) put(into, key, row)
      }
      if (!event.definition.notice) continue
      for (const { into, project } of noticeProjections ?? []) {
        for (const { key, row } of project(event, meta)) put(into, key, row)
      }
    }
    return changes
  }
  const visibleTo = (refs: readonly RowRef[]) => ({
    get: <Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string) => {
      const declared = refs.some((one) => one.collection.name === collection.name && one.key === key)
      if (!declared) throw new Error(`${collection.name} ${key} was not declared in reads`)
      return table(collection.name).get(key) as z.output<Row> | undefined
    },
  })

  const world: World = {
    now: start,
    broken: undefined,
    events,
    row: (collection, key) => table(collection.name).get(key) as never,
    rows: (collection) => [...table(collection.name).values()] as never,
    put: (collection, row) => write(collection, collection.key(row as never), row),
    submit: (command, raw, by = {}) => {
      const handler = handlers.get(command.name)
      if (!handler) throw new LibralError('command.unknown', { command: command.name })
      const operator = (by.operator ?? 'tanaka') as OperatorId
      const id = `01900000-0000-7000-8000-${String(size).padStart(12, '0')}` as CommandId
      const meta = {
        id,
        operator,
        roles: by.roles ?? [],
        at: world.now,
        certificate: by.certificate ?? null,
        ...policy,
      }
      const params = command.params.parse(raw)
      const decision: Decision = handler.decide(params, meta, visibleTo(handler.reads(params, meta)))
      if ('refused' in decision) throw new LibralError(decision.refused.code, decision.refused.params)
      const index = size++
      const changes = decision.events.flatMap((event, nth) => {
        const data = event.definition.data.parse(event.data)
        events.push({ type: event.definition.type, data })
        return projected({ ...event, data }, { id, operator, at: world.now, command: command.name, index, nth })
      })
      for (const { names, listener } of listeners) {
        const theirs = changes.filter((change) => names.has(change.collection))
        if (theirs.length > 0) listener(theirs)
      }
      return decision.events.map(({ definition }) => definition.type)
    },
    context: (module) => {
      const logged: string[] = []
      const log = (event: string): void => void logged.push(event)
      return {
        logged,
        now: () => world.now,
        instance: 'here',
        deployment: 'libral:00000000-0000-4000-8000-000000000001' as DeploymentId,
        keepEvidence: async (bytes: Uint8Array) => toBase64url(sha256(bytes)),
        submit: async ({ command, params }: ServiceCommand) => {
          if (world.broken) throw world.broken
          world.submit(command, params, { operator: `service:${module}` })
        },
        receive: async () => true,
        inbox: { look: async () => [], get: async () => null, again: async () => false },
        secret: () => new Uint8Array(32).fill(7),
        read: {
          get: async (collection, key) => world.row(collection, key),
          list: async (collection, prefix = '') =>
            world.rows(collection).filter((row) => collection.key(row).startsWith(prefix)),
        },
        onCommit: (collections, listener) => {
          const entry = { names: new Set(collections.map(({ name }) => name)), listener }
          listeners.add(entry)
          return () => listeners.delete(entry)
        },
        log: { info: log, warn: log, error: log },
        crashed: log as never,
      } as ModuleContext & { readonly logged: readonly string[] }
    },
  }
  return world
}

/** Nothing here is refused by policy, and nothing needs approvals. */
const policy = { verdictOn: () => ({ permitted: true, approvals: null, policies: [] }), mayOf: () => true }

/** The code with which `work` is refused; `none` when it is not. */
export const refusalOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (thrown) {
    if (thrown instanceof LibralError) return thrown.code
    throw thrown
  }
}
