import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Filter } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import type { EventRow } from '#protocol/events.ts'
import { watchCollection } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { type Fresh, follows, freshBefore, type TailView } from './live-tail.ts'
import { type LoadedPage, PagedRows } from './paged-rows.ts'

const pageSize = 100
const keptPages = 24
/** Two looks at the newest rows have a frame between them; a hidden window paints none and is looked at so often. */
const hiddenMs = 250
/** A total is no news: it may lag behind the rows. */
const countMs = 500

const load = async (filter: Filter, descending: boolean, after: string | null): Promise<LoadedPage<EventRow>> => {
  const page = await desktop.rows.query({ filter, sort: { field: null, descending }, after, limit: pageSize })
  return { rows: page.rows as readonly unknown[] as readonly EventRow[], next: page.next }
}

/** Field by field: writing a hundred rows as JSON to compare them took longer than all the rest of a look. */
const sameRow = (one: EventRow, other: EventRow): boolean =>
  (Object.keys(other) as (keyof EventRow)[]).every(
    (field) =>
      one[field] === other[field] ||
      (field === 'params' && JSON.stringify(one.params) === JSON.stringify(other.params)),
  )

/** Resolves when what was rendered goes to the screen. */
const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, hiddenMs)
    requestAnimationFrame(() => {
      clearTimeout(timer)
      resolve()
    })
  })

export interface EventsView {
  readonly rows: PagedRows<EventRow>
  readonly fresh: Fresh
  readonly count: { readonly count: number; readonly capped: boolean } | null
  readonly failure: Failure | null
  /** Lets the waiting rows in. */
  readonly apply: () => void
  readonly retry: () => void
  /** What the table shows now: first and last index. */
  readonly setShown: (first: number, last: number) => void
}

const none: Fresh = { count: 0, capped: false }

/** The rows of a filter, kept live: new ones enter at the top when `tail` allows, and wait otherwise. */
export const useEvents = (filter: Filter, tail: TailView): EventsView => {
  const [, redraw] = useState(0)
  const [fresh, setFresh] = useState<Fresh>(none)
  const [count, setCount] = useState<EventsView['count']>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [attempt, setAttempt] = useState(0)
  const waiting = useRef<LoadedPage<EventRow>>(null)
  const shown = useRef({ first: 0, last: 40 })
  const view = useRef(tail)
  view.current = tail
  const descending = !tail.oldestFirst

  const rows = useMemo(
    () =>
      new PagedRows<EventRow>({
        load: (after) => load(filter, descending, after),
        keyOf: (row) => row.key,
        same: sameRow,
        pageSize,
        keptPages: attempt >= 0 ? keptPages : 0,
        onChange: () => redraw((n) => n + 1),
        onFailure: (thrown) => setFailure(failureIn(thrown)),
      }),
    [filter, descending, attempt],
  )

  const apply = useCallback(() => {
    const page = waiting.current
    waiting.current = null
    setFresh(none)
    if (page) rows.restart(page)
  }, [rows])

  useEffect(() => {
    let looking = false
    let again = false
    let counter: ReturnType<typeof setTimeout> | undefined
    const failed = (thrown: unknown): void => setFailure(failureIn(thrown))
    const recount = (): void => {
      counter = undefined
      void desktop.rows.count(filter).then(setCount, failed)
    }
    const mayEnter = (): boolean => follows(view.current)
    const look = async (): Promise<void> => {
      if (descending && rows.ready) await lookAtHead(rows, filter, { waiting, setFresh, mayEnter })
      if (rows.ready) await rows.refresh(shown.current.first, shown.current.last, !descending)
    }
    const tick = async (): Promise<void> => {
      counter ??= setTimeout(recount, countMs)
      again = true
      if (looking) return
      looking = true
      while (again && !rows.over) {
        again = false
        await look().catch(failed)
        await nextFrame()
      }
      looking = false
    }
    setFresh(none)
    setFailure(null)
    waiting.current = null
    rows.show(0, 40)
    recount()
    const stop = watchCollection('events', () => void tick())
    return () => {
      stop()
      clearTimeout(counter)
      rows.dispose()
    }
  }, [rows, filter, descending])

  const followsNow = follows(tail)
  useEffect(() => {
    if (followsNow && waiting.current) apply()
  }, [followsNow, apply])

  return {
    rows,
    fresh,
    count,
    failure,
    apply,
    retry: () => setAttempt((n) => n + 1),
    setShown: (first, last) => {
      shown.current = { first, last }
      rows.show(first, last)
    },
  }
}

interface Tail {
  readonly waiting: { current: LoadedPage<EventRow> | null }
  readonly setFresh: (fresh: Fresh) => void
  readonly mayEnter: () => boolean
}

/** Reads the newest page. What changed in it is shown at once; what is new enters, or waits until it may. */
const lookAtHead = async (rows: PagedRows<EventRow>, filter: Filter, tail: Tail): Promise<void> => {
  const page = await load(filter, true, null)
  const fresh = freshBefore(
    page.rows.map(({ key }) => key),
    rows.headKey,
  )
  const enters = fresh.count > 0 && tail.mayEnter()
  if (enters) rows.restart(page)
  else rows.patch(page.rows)
  tail.waiting.current = fresh.count > 0 && !enters ? page : null
  tail.setFresh(enters ? none : fresh)
}
