import { keepPreviousData, QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Filter } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { useDesktopState } from './streams.ts'

/** Data comes from this machine's replica: nothing is retried or refetched but on its changes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, networkMode: 'always' },
  },
})

const reopenAfterMs = 1_000

/** Calls back, coalesced by main, whenever one of these collections changed. @returns ends it */
export const watchCollections = (collections: readonly string[], onChange: () => void): (() => void) => {
  const ending = new AbortController()
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const ticks = await desktop.rows.watch({ collections: [...collections] }, { signal: ending.signal })
        for await (const _ of ticks) onChange()
      } catch {
        // Ended by main or by us; the loop decides.
      }
      await new Promise((resolve) => setTimeout(resolve, reopenAfterMs))
    }
  }
  void follow()
  return () => ending.abort()
}

/** Refetches every query of these collections when they change. Keys begin with the collection's name. */
export const useWatched = (collections: readonly string[]): void => {
  const client = useQueryClient()
  const joined = collections.join(' ')
  useEffect(() => {
    const names = joined.split(' ')
    return watchCollections(names, () => {
      for (const name of names) void client.invalidateQueries({ queryKey: [name] })
    })
  }, [client, joined])
}

/** How a list stands: what `ui/states` shows in its place. */
export type ListState = 'loading' | 'denied' | 'failed' | 'offline' | 'partial' | 'ready'

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

/** The first rows of a small collection, live. The replica holds only rows that its collection's schema has parsed. */
export const useList = <Row>(collection: string, query: ListQuery = {}): List<Row> => {
  useWatched([collection])
  const desk = useDesktopState()
  const { where = {}, sort = null, descending = true, limit = 500, text = '' } = query
  const found = useQuery({
    queryKey: [collection, where, sort, descending, limit, text],
    queryFn: () =>
      desktop.rows.query({
        filter: { collection, where, range: null, text },
        sort: { field: sort, descending },
        after: null,
        limit,
      }),
    placeholderData: keepPreviousData,
  })
  const rows = (found.data?.rows ?? []) as readonly unknown[] as readonly Row[]
  // The page knows how whole it is; the desktop's state may be told a moment before or after it.
  const now = desk?.replica.collections[collection]?.state
  const kept = now === 'denied' ? now : (found.data?.state ?? now)
  const linked = desk?.link.state === 'live' || desk?.link.state === 'syncing'
  return {
    rows,
    state: listState({ kept, linked, fetched: found.isFetched, failed: found.isError, rows: rows.length }),
    failure: found.error === null ? null : failureIn(found.error),
    refetch: () => void found.refetch(),
  }
}

interface ListFacts {
  readonly kept: 'empty' | 'loading' | 'ready' | 'denied' | undefined
  readonly linked: boolean
  readonly fetched: boolean
  readonly failed: boolean
  readonly rows: number
}

export const listState = ({ kept, linked, fetched, failed, rows }: ListFacts): ListState => {
  if (kept === 'denied') return 'denied'
  if (failed) return 'failed'
  if (!fetched) return 'loading'
  if (kept === 'ready') return 'ready'
  if (rows > 0) return kept === 'loading' ? 'partial' : 'ready'
  return linked || kept === 'loading' ? 'loading' : 'offline'
}

/** A live count that stops at 10,000. */
export const useCount = (
  collection: string,
  where: Filter['where'],
): { readonly count: number; readonly capped: boolean } | null => {
  useWatched([collection])
  const found = useQuery({
    queryKey: [collection, 'count', where],
    queryFn: () => desktop.rows.count({ collection, where, range: null, text: '' }),
    placeholderData: keepPreviousData,
  })
  return found.data ?? null
}
