import type { Json } from '#protocol/command.ts'
import type { EventMeta, NewEvent, Projection } from './module.ts'
import type { Overlay, Place } from './overlay.ts'
import type { Registry } from './registry.ts'

/** A logged event, lifted to its newest version, at its place in the log. */
export interface Happened {
  readonly event: NewEvent
  readonly meta: EventMeta
}

/** Which collections to project into: all that are served, or the one being rebuilt. */
export type Into = (collection: string) => boolean

/** The rows that projecting this event will ask for. */
export const readsOf = (registry: Registry, { event, meta }: Happened, into: Into): readonly Place[] =>
  projectionsOf(registry, event, into).flatMap((projection) =>
    projection.reads(event.data, meta).map((key) => ({ collection: projection.into.name, key })),
  )

/**
 * Projects one event over rows that {@link readsOf} named and that are loaded, into the overlay; tells each change in
 * order. Pure but for the overlay, so that a rebuild ends with the same rows.
 */
export const project = (
  registry: Registry,
  happened: Happened,
  into: Into,
  overlay: Overlay,
  changed: (collection: string, key: string, value: Json | null) => void,
): void => {
  const { event, meta } = happened
  const put = (collection: string, changes: readonly { readonly key: string; readonly row: unknown }[]): void => {
    for (const { key, row } of changes) {
      overlay.set(collection, key, row as Json | null)
      changed(collection, key, row as Json | null)
    }
  }
  for (const { project: run, into: target, reads } of projectionsOf(registry, event, into)) {
    const declared = new Set(reads(event.data, meta))
    put(
      target.name,
      run(event.data, meta, (key) => {
        if (!declared.has(key)) throw new Error(`${target.name} was read without being declared`)
        return overlay.value(target.name, key)
      }),
    )
  }
  for (const notice of registry.noticeProjections) {
    if (into(notice.into.name)) put(notice.into.name, notice.project(event, meta))
  }
}

const projectionsOf = (registry: Registry, event: NewEvent, into: Into): readonly Projection[] =>
  registry.projectionsOn(event.definition.type).filter((projection) => into(projection.into.name))
