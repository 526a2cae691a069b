import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Failure } from '#protocol/errors.ts'
import type { Coverage } from '#protocol/sealed.ts'
import { watchCollection } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useDesktop } from '../../app/streams.ts'

/** What changes who can open how much. */
const causes = ['sealed.classes', 'sealed.subjects', 'sealed.rewraps', 'session.certificates', 'session.operators']

/** Who can open how much, as the backend counts it; null until it has come. */
export const useCoverage = (): {
  readonly coverage: readonly Coverage[] | null
  readonly failure: Failure | null
  readonly refetch: () => void
} => {
  const client = useQueryClient()
  const live = useDesktop((state) => state?.link.state === 'live')
  const found = useQuery({
    queryKey: ['sealed', 'coverage'],
    queryFn: () => desktop.sealed.coverage({}),
    enabled: live,
    // While nobody showed it nobody watched it.
    refetchOnMount: 'always',
  })
  useEffect(() => {
    const again = (): void => void client.invalidateQueries({ queryKey: ['sealed', 'coverage'] })
    const stops = causes.map((collection) => watchCollection(collection, again))
    return () => {
      for (const stop of stops) stop()
    }
  }, [client])
  return {
    coverage: found.data ?? null,
    failure: found.error === null ? null : failureIn(found.error),
    refetch: () => void found.refetch(),
  }
}
