import type { Filter } from '#protocol/desktop.ts'
import type { EventRow } from '#protocol/events.ts'
import type { TailView } from '../../lists/live-tail.ts'
import { type RowKind, type RowsView, useRows } from '../../lists/use-rows.ts'

/** Field by field: writing a hundred rows as JSON to compare them took longer than all the rest of a look. */
const sameRow = (one: EventRow, other: EventRow): boolean =>
  (Object.keys(other) as (keyof EventRow)[]).every(
    (field) =>
      one[field] === other[field] ||
      (field === 'params' && JSON.stringify(one.params) === JSON.stringify(other.params)),
  )

export type EventsView = RowsView<EventRow>
const eventKind: RowKind<EventRow> = { keyOf: (row) => row.key, same: sameRow }
export const useEvents = (filter: Filter, tail: TailView): EventsView => useRows(filter, tail, eventKind)
