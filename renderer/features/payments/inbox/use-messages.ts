import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Failure } from '#protocol/errors.ts'
import type { MessageQuery, MessageRow } from '#protocol/payments-inbox.ts'
import { desktop } from '../../../app/desktop.ts'
import { failureIn } from '../../../app/failure.ts'
import { useDesktop } from '../../../app/streams.ts'

/** It is no collection, so nothing tells of changes: looked at anew this often while it is seen. */
const lookEveryMs = 3_000
const pageRows = 100

export interface MessageList {
  readonly state: 'loading' | 'offline' | 'ready'
  readonly rows: readonly MessageRow[]
  readonly failure: Failure | null
  readonly more: boolean
  loadMore(): void
  refetch(): void
}

/** The inbox is the backend's alone: nothing of it is kept here. */
export const useMessages = (filter: Pick<MessageQuery, 'provider' | 'state' | 'payment'>): MessageList => {
  const linked = useDesktop((state) => state?.link.state === 'live')
  const found = useInfiniteQuery({
    queryKey: ['payments-inbox', filter],
    queryFn: ({ pageParam }) => desktop.payments.inbox({ ...filter, before: pageParam, limit: pageRows }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    enabled: linked,
    refetchInterval: lookEveryMs,
    refetchOnMount: 'always',
    placeholderData: keepPreviousData,
  })
  return {
    state: !linked && found.data === undefined ? 'offline' : found.isPending ? 'loading' : 'ready',
    rows: found.data?.pages.flatMap(({ rows }) => rows) ?? [],
    failure: found.error === null ? null : failureIn(found.error),
    more: found.hasNextPage,
    loadMore: () => void found.fetchNextPage(),
    refetch: () => void found.refetch(),
  }
}
