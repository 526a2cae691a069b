import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Failure } from '#protocol/errors.ts'
import type { PolicyCheck } from '#protocol/policy.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useDesktop } from '../../app/streams.ts'

export interface Checked {
  /** Of an earlier text while `fresh` is false. */
  readonly check: PolicyCheck | null
  readonly fresh: boolean
  readonly failure: Failure | null
  readonly linked: boolean
}

/** What the backend makes of a text; a text means the same for as long as the number of administrators does. */
export const useCheck = (text: string | null): Checked => {
  const linked = useDesktop((state) => state?.link.state === 'live')
  const found = useQuery({
    queryKey: ['policy', 'check', text],
    queryFn: () => desktop.policy.check({ text: text ?? '' }),
    enabled: linked && text !== null,
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
  return {
    check: found.data ?? null,
    fresh: found.isFetched && !found.isPlaceholderData && !found.isError,
    failure: found.error === null ? null : failureIn(found.error),
    linked,
  }
}
