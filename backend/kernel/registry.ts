import type { CollectionDefinition } from '#protocol/collection.ts'
import type { LoggedEvent } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { EventDefinition } from '#protocol/event.ts'
import type {
  CommandHandler,
  EffectTrigger,
  ModuleDefinition,
  NewEvent,
  NoticeProjection,
  Projection,
  Upcast,
} from './module.ts'

export interface KnownCommand {
  readonly handler: CommandHandler
  readonly module: string
}
export interface KnownTrigger {
  readonly trigger: EffectTrigger
  readonly module: string
}

/** The declarative part of all modules, by name. It stays whole while modules stop and start. */
export interface Registry {
  readonly modules: readonly ModuleDefinition[]
  readonly collections: ReadonlyMap<string, CollectionDefinition>
  command(name: string): KnownCommand | undefined
  projectionsOn(type: string): readonly Projection[]
  readonly noticeProjections: readonly NoticeProjection[]
  triggersOn(type: string): readonly KnownTrigger[]
  /** A logged event lifted to its newest version; undefined when no module of this build knows its type. */
  lift(event: LoggedEvent): NewEvent | undefined
}

/** @throws Error when two modules claim one name: a bug of the build, found at start */
export const createRegistry = (modules: readonly ModuleDefinition[]): Registry => {
  const commands = new Map<string, KnownCommand>()
  const collections = new Map<string, CollectionDefinition>()
  const events = new Map<string, EventDefinition>()
  const upcasts = new Map<string, Upcast>()
  for (const module of modules) {
    const name = module.manifest.name
    for (const handler of module.handlers) once(commands, handler.command.name, { handler, module: name })
    for (const collection of module.collections) once(collections, collection.name, collection)
    for (const event of module.events) once(events, event.type, event)
    for (const upcast of module.upcasts ?? []) once(upcasts, upcast.from.type, upcast)
  }
  const projections = groupBy(
    modules.flatMap((module) => module.projections),
    (projection) => projection.on.type,
  )
  const triggers = groupBy(
    modules.flatMap((module) => (module.triggers ?? []).map((trigger) => ({ trigger, module: module.manifest.name }))),
    ({ trigger }) => trigger.on.type,
  )
  return {
    modules,
    collections,
    command: (name) => commands.get(name),
    projectionsOn: (type) => projections.get(type) ?? [],
    noticeProjections: modules.flatMap((module) => module.noticeProjections ?? []),
    triggersOn: (type) => triggers.get(type) ?? [],
    lift: (event) => lift(event, events, upcasts),
  }
}

const lift = (
  event: LoggedEvent,
  events: ReadonlyMap<string, EventDefinition>,
  upcasts: ReadonlyMap<string, Upcast>,
): NewEvent | undefined => {
  let type = event.type
  let data: unknown = event.data
  for (let step = upcasts.get(type); step; step = upcasts.get(type)) {
    data = step.upcast(data)
    type = step.to.type
  }
  const definition = events.get(type)
  return definition && { definition, data }
}

const once = <T>(map: Map<string, T>, name: string, value: T): void => {
  if (map.has(name)) throw new Error(`${name} is claimed by two modules`)
  map.set(name, value)
}

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

/** @throws LibralError `collection.unknown` */
export const collectionOf = (registry: Registry, name: string): CollectionDefinition => {
  const collection = registry.collections.get(name)
  if (!collection) throw new LibralError('collection.unknown', { collection: name })
  return collection
}
