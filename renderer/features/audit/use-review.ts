import type { EntryView, ReviewFilter, ReviewState } from '#protocol/review.ts'
import { desktop } from '../../app/desktop.ts'
import { cell, latest, useLive } from '../../app/live.ts'
import { goTo, replacePlace } from '../../app/navigation.ts'
import type { AuditTab } from './tabs.ts'

export const reviewState = latest<ReviewState>(() => desktop.review.watch({}))
export const useReview = (): ReviewState | null => useLive(reviewState)

export const everything: ReviewFilter = {
  text: '',
  from: null,
  to: null,
  actors: [],
  commands: [],
  risks: [],
  outcomes: [],
  standings: [],
  object: null,
  noted: false,
}

/** How the list stands in this window: it is found as it was left, and reports and samples can be drawn from it. */
export const listed = cell<{ readonly filter: ReviewFilter; readonly descending: boolean }>({
  filter: everything,
  descending: true,
})

export const isNarrowed = (filter: ReviewFilter): boolean => JSON.stringify(filter) !== JSON.stringify(everything)

export const showTab = (tab: AuditTab): void => replacePlace({ page: 'audit', key: null, search: `tab=${tab}` })

/** Opens one entry beside the list, wherever one comes from. */
export const showEntry = (index: number): void => goTo({ page: 'audit', key: String(index), search: 'tab=timeline' })

/** Shows the list narrowed to this alone. */
export const showOnly = (filter: Partial<ReviewFilter>): void => {
  listed.set((now) => ({ ...now, filter: { ...everything, ...filter } }))
  goTo({ page: 'audit', key: null, search: 'tab=timeline' })
}

export type Signature = EntryView['signatures'][number]
