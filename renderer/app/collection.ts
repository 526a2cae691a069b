import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Filter } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { type ListState, listState } from './list-state.ts'
import { useDesktop } from './streams.ts'

/** Data comes from this machine's replica: nothing is retried or refetched but on its changes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, networkMode: 'always' },
  },
})

const reopenAfterMs = 1_000

interface Watch {
  readonly listeners: Set<() => void>
  readonly ending: AbortController
}

/** One stream from main for each collection, whoever in this window watches it. */
const watches = new Map<string, Watch>()

const follow = async (collection: string, { listeners, ending }: Watch): Promise<void> => {
  while (!ending.signal.aborted) {
    try {
      const ticks = await desktop.rows.watch({ collections: [collection] }, { signal: ending.signal })
      for await (const _ of ticks) for (const listener of [...listeners]) listener()
    } catch {
      // Ended by main or by us; the loop decides.
    }
    await new Promise((resolve) => setTimeout(resolve, reopenAfterMs))
  }
}

const opened = (collection: string): Watch => {
  const watch: Watch = { listeners: new Set(), ending: new AbortController() }
  watches.set(collection, watch)
  void follow(collection, watch)
  return watch
}

/** Calls back, coalesced by main, whenever this collection changed. @returns ends it */
export const watchCollection = (collection: string, onChange: () => void): (() => void) => {
  const watch = watches.get(collection) ?? opened(collection)
  // A function of its own, so that the same one given twice is told twice and ended one by one.
  const listener = (): void => onChange()
  watch.listeners.add(listener)
  return () => {
    watch.listeners.delete(listener)
    if (watch.listeners.size > 0 || watches.get(collection) !== watch) return
    watches.delete(collection)
    watch.ending.abort()
  }
}

/** Fetching more often than a screen shows would paint nothing sooner. */
const frameMs = 16

/** What is read of a collection, as the second word of a query's key. */
type Kind = 'rows' | 'row' | 'count'

/** Refetches every query of this kind when its collection changes: at once after a rest, then at most every `restMs`. */
export const useWatched = (collection: string, kind: Kind, restMs = frameMs): void => {
  const client = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let again = false
    const refetch = (): void => {
      void client.invalidateQueries({ queryKey: [collection, kind] })
      timer = setTimeout(rested, restMs)
    }
    const rested = (): void => {
      timer = undefined
      if (again) refetch()
      again = false
    }
    const stop = watchCollection(collection, () => {
      if (timer === undefined) refetch()
      else again = true
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client, collection, kind, restMs])
}

export interface List<Row> {
  readonly rows: readonly Row[]
  readonly state: ListState
  readonly failure: Failure | null
  readonly refetch: () => void
}

export interface ListQuery {
  readonly where?: Filter['where']
  readonly sort?: string | null
  readonly descending?: boolean
  readonly limit?: number
  readonly text?: string
}

/** As told of a collection, for how whole a list of it is. */
const useKept = (collection: string) => ({
  now: useDesktop((state) => state?.replica.collections[collection]?.state),
  linked: useDesktop((state) => state?.link.state === 'live' || state?.link.state === 'syncing'),
})

/** The first rows of a small collection, live. The replica holds only rows that its collection's schema has parsed. */
export const useList = <Row>(collection: string, query: ListQuery = {}): List<Row> => {
  useWatched(collection, 'rows')
  const { now, linked } = useKept(collection)
  const { where = {}, sort = null, descending = true, limit = 500, text = '' } = query
  const found = useQuery({
    queryKey: [collection, 'rows', where, sort, descending, limit, text],
    queryFn: () =>
      desktop.rows.query({
        filter: { collection, where, range: null, text },
        sort: { field: sort, descending },
        after: null,
        limit,
      }),
    placeholderData: keepPreviousData,
    // While nobody showed it nobody watched it.
    refetchOnMount: 'always',
  })
  const rows = (found.data?.rows ?? []) as readonly unknown[] as readonly Row[]
  // The page knows how whole it is; the desktop's state may be told a moment before or after it.
  const kept = now === 'denied' ? now : (found.data?.state ?? now)
  return {
    rows,
    state: listState({ kept, linked, fetched: found.isFetched, failed: found.isError, rows: rows.length }),
    failure: found.error === null ? null : failureIn(found.error),
    refetch: () => void found.refetch(),
  }
}

export interface GrowingList<Row> extends List<Row> {
  readonly more: boolean
  readonly loadMore: () => void
}

/** As {@link useList}, page by page of `limit` rows, to its end. */
export const useGrowingList = <Row>(collection: string, query: ListQuery = {}): GrowingList<Row> => {
  useWatched(collection, 'rows')
  const { now, linked } = useKept(collection)
  const { where = {}, sort = null, descending = true, limit = 100, text = '' } = query
  const found = useInfiniteQuery({
    queryKey: [collection, 'rows', 'pages', where, sort, descending, limit, text],
    queryFn: ({ pageParam }) =>
      desktop.rows.query({
        filter: { collection, where, range: null, text },
        sort: { field: sort, descending },
        after: pageParam,
        limit,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
  const pages = found.data?.pages ?? []
  const rows = pages.flatMap((page) => page.rows) as readonly unknown[] as readonly Row[]
  const kept = now === 'denied' ? now : (pages[0]?.state ?? now)
  return {
    rows,
    state: listState({ kept, linked, fetched: found.isFetched, failed: found.isError, rows: rows.length }),
    failure: found.error === null ? null : failureIn(found.error),
    refetch: () => void found.refetch(),
    more: found.hasNextPage,
    loadMore: () => void found.fetchNextPage(),
  }
}

export interface Row<Value> {
  /** null: not here, which only `ready` makes mean that there is none. */
  readonly row: Value | null
  readonly state: ListState
  readonly failure: Failure | null
  readonly refetch: () => void
}

/** One row by its key, live. */
export const useRow = <Value>(collection: string, key: string): Row<Value> => {
  useWatched(collection, 'row')
  const { now, linked } = useKept(collection)
  const found = useQuery({
    queryKey: [collection, 'row', key],
    queryFn: () => desktop.rows.get({ collection, key }),
    refetchOnMount: 'always',
  })
  const row = (found.data ?? null) as unknown as Value | null
  const facts = { kept: now, linked, fetched: found.isFetched, failed: found.isError, rows: row === null ? 0 : 1 }
  return {
    row,
    state: listState(facts),
    failure: found.error === null ? null : failureIn(found.error),
    refetch: () => void found.refetch(),
  }
}

/** Counting reads many rows, and a total is no news. */
const countRestMs = 250

/** A live count that stops at 10,000. */
export const useCount = (
  collection: string,
  where: Filter['where'],
): { readonly count: number; readonly capped: boolean } | null => {
  useWatched(collection, 'count', countRestMs)
  const found = useQuery({
    queryKey: [collection, 'count', where],
    queryFn: () => desktop.rows.count({ collection, where, range: null, text: '' }),
    placeholderData: keepPreviousData,
    // While nobody showed it nobody watched it.
    refetchOnMount: 'always',
  })
  return found.data ?? null
}
