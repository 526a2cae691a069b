import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Filter } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import { watchCollection } from '../app/collection.ts'
import { desktop } from '../app/desktop.ts'
import { failureIn } from '../app/failure.ts'
import { type Fresh, follows, freshBefore, type TailView } from './live-tail.ts'
import { type LoadedPage, PagedRows } from './paged-rows.ts'

const pageSize = 100
const keptPages = 24
/** Two looks at the newest rows have a frame between them; a hidden window paints none and is looked at so often. */
const hiddenMs = 250
/** A total is no news: it may lag behind the rows. */
const countMs = 500

const load = async <Row>(
  filter: Filter,
  descending: boolean,
  after: string | null,
  limit = pageSize,
): Promise<LoadedPage<Row>> => {
  const page = await desktop.rows.query({ filter, sort: { field: null, descending }, after, limit })
  return { rows: page.rows as readonly unknown[] as readonly Row[], next: page.next }
}

/** Resolves when what was rendered goes to the screen. */
const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, hiddenMs)
    requestAnimationFrame(() => {
      clearTimeout(timer)
      resolve()
    })
  })

/** Of one collection, by its key; made once, since another one begins the list anew. */
export interface RowKind<Row> {
  readonly keyOf: (row: Row) => string
  /** Whether two rows of one key say the same. */
  readonly same: (one: Row, other: Row) => boolean
  /** Rows change so that they no longer pass: those shown beyond the newest page are read one by one, and go where the list may move. */
  readonly leaves?: true
}

const texts = new WeakMap<object, string>()
const textOf = (row: object): string => {
  const known = texts.get(row) ?? JSON.stringify(row)
  texts.set(row, known)
  return known
}
/** For rows of many parts: each is written as text once. */
export const sameText = <Row extends object>(one: Row, other: Row): boolean => textOf(one) === textOf(other)

export interface RowsView<Row> {
  readonly rows: PagedRows<Row>
  readonly fresh: Fresh
  readonly count: { readonly count: number; readonly capped: boolean } | null
  readonly failure: Failure | null
  /** Lets the waiting rows in. */
  readonly apply: () => void
  readonly retry: () => void
  /** What the table shows now: first and last index. */
  readonly setShown: (first: number, last: number) => void
}

/** A look at a list that moves by itself reads what is seen of it, in steps of so many rows. */
const seenStep = 20
const seenOf = (last: number): number => Math.min(pageSize, Math.ceil((last + 1) / seenStep) * seenStep)

const none: Fresh = { count: 0, capped: false }

/** Between two looks at rows that change: those of many parts cost more than a frame, and most when read one by one. */
const restsMs = { page: 40, oneByOne: 100 } as const
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The rows of a filter, kept live: new ones enter at the top when `tail` allows, and wait otherwise. */
export const useRows = <Row>(filter: Filter, tail: TailView, kind: RowKind<Row>): RowsView<Row> => {
  const [, redraw] = useState(0)
  const [fresh, setFresh] = useState<Fresh>(none)
  const [count, setCount] = useState<RowsView<Row>['count']>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [attempt, setAttempt] = useState(0)
  const waiting = useRef<LoadedPage<Row>>(null)
  const shown = useRef({ first: 0, last: 40 })
  const view = useRef(tail)
  view.current = tail
  const descending = !tail.oldestFirst

  const rows = useMemo(
    () =>
      new PagedRows<Row>({
        load: (after) => load(filter, descending, after),
        ...kind,
        pageSize,
        keptPages: attempt >= 0 ? keptPages : 0,
        onChange: () => redraw((n) => n + 1),
        onFailure: (thrown) => setFailure(failureIn(thrown)),
      }),
    [filter, descending, attempt, kind],
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
    // Where there is no row yet, none moves.
    const mayEnter = (): boolean => follows(view.current) || (rows.length === 0 && !view.current.paused)
    /** Answers how many rows were read one by one. */
    const look = async (): Promise<number> => {
      const head =
        descending && rows.ready ? await lookAtHead(rows, filter, { kind, shown, waiting, setFresh, mayEnter }) : []
      if (!rows.ready) return 0
      if (!kind.leaves) {
        await rows.refresh(shown.current.first, shown.current.last, !descending)
        return 0
      }
      const alone = await patchShown(rows, filter, kind, { ...shown.current, known: new Set(head) })
      // Oldest first, what is new comes at the end: the last page grows.
      const end = Math.max(0, rows.length - 1)
      if (!descending && !rows.more) await rows.refresh(end, end, true)
      return alone
    }
    const tick = async (): Promise<void> => {
      counter ??= setTimeout(recount, countMs)
      again = true
      if (looking) return
      looking = true
      while (again && !rows.over) {
        again = false
        const alone = await look().catch(failed)
        await (kind.leaves ? rest(alone ? restsMs.oneByOne : restsMs.page) : nextFrame())
      }
      looking = false
    }
    setFresh(none)
    setFailure(null)
    waiting.current = null
    rows.show(0, 40)
    recount()
    const stop = watchCollection(filter.collection, () => void tick())
    return () => {
      stop()
      clearTimeout(counter)
      rows.dispose()
    }
  }, [rows, filter, descending, kind])

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

interface Tail<Row> {
  readonly kind: RowKind<Row>
  readonly shown: { readonly current: { readonly last: number } }
  readonly waiting: { current: LoadedPage<Row> | null }
  readonly setFresh: (fresh: Fresh) => void
  readonly mayEnter: () => boolean
}

/** Reads the newest rows, and answers its keys. What changed in it is shown at once; what is new enters, or waits until it may. */
const lookAtHead = async <Row>(rows: PagedRows<Row>, filter: Filter, tail: Tail<Row>): Promise<readonly string[]> => {
  const page = await load<Row>(filter, true, null, tail.mayEnter() ? seenOf(tail.shown.current.last) : pageSize)
  const keys = page.rows.map(tail.kind.keyOf)
  const fresh = freshBefore(keys, rows.headKey)
  // Rows beyond a short look would stay as they were.
  const unread = page.next !== null && rows.length > page.rows.length
  const moves = fresh.count > 0 || (tail.kind.leaves === true && (unread || isOther(rows, page, tail.kind)))
  const enters = moves && tail.mayEnter()
  if (enters) rows.restart(page)
  else rows.patch(page.rows)
  tail.waiting.current = fresh.count > 0 && !enters ? page : null
  tail.setFresh(enters ? none : fresh)
  return keys
}

/** Whether the newest rows are no longer those that the list begins with. */
const isOther = <Row>(rows: PagedRows<Row>, page: LoadedPage<Row>, { keyOf }: RowKind<Row>): boolean => {
  const differs = page.rows.some((row, nth) => {
    const here = rows.at(nth)
    return here === undefined || keyOf(here) !== keyOf(row)
  })
  return differs || (page.next === null && rows.length > page.rows.length)
}

/** The rows in view as they are now, in the places that they have, but for those just read. Answers how many that were. */
const patchShown = async <Row>(
  rows: PagedRows<Row>,
  { collection }: Filter,
  { keyOf }: RowKind<Row>,
  { first, last, known }: { readonly first: number; readonly last: number; readonly known: ReadonlySet<string> },
): Promise<number> => {
  const keys = Array.from({ length: last - first + 1 }, (_, nth) => rows.at(first + nth))
    .flatMap((row) => (row === undefined ? [] : [keyOf(row)]))
    .filter((key) => !known.has(key))
  const now = await Promise.all(keys.map((key) => desktop.rows.get({ collection, key })))
  rows.patch(now.filter((row) => row !== null) as readonly unknown[] as readonly Row[])
  return keys.length
}
