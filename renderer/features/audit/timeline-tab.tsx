import { Download } from 'lucide-react'
import { useEffect, useMemo, useReducer, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewFilter, ReviewRow } from '#protocol/review.ts'
import { desktop } from '../../app/desktop.ts'
import { followExport } from '../../app/exports.ts'
import { failureIn } from '../../app/failure.ts'
import { useLive } from '../../app/live.ts'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { integer } from '../../format/number.ts'
import { PagedRows } from '../../lists/paged-rows.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Empty, Failed, Loading } from '../../ui/states/states.tsx'
import { EntryPane } from './entry-pane.tsx'
import type { ReviewTabProps } from './tabs.ts'
import { TimelineFilter } from './timeline-filter.tsx'
import { TimelineTable } from './timeline-table.tsx'
import { isNarrowed, listed } from './use-review.ts'

const pageSize = 100
const keptPages = 12

interface Listing {
  readonly rows: PagedRows<ReviewRow>
  readonly failure: ReturnType<typeof failureIn> | null
  readonly retry: () => void
}

/** The entries that pass, a page at a time as they are scrolled to. */
const useListing = (filter: ReviewFilter, descending: boolean, opened: unknown): Listing => {
  const [, rendered] = useReducer((count: number) => count + 1, 0)
  const [failure, fail] = useState<Listing['failure']>(null)
  const [tried, retry] = useReducer((count: number) => count + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new review, or another try, reads everything anew
  const rows = useMemo(
    () =>
      new PagedRows<ReviewRow>({
        load: async (after) => {
          const page = await desktop.review.query({
            filter,
            descending,
            after: after === null ? null : Number(after),
            limit: pageSize,
          })
          return { rows: page.rows, next: page.next === null ? null : String(page.next) }
        },
        keyOf: ({ index }) => String(index),
        same: (one, other) => JSON.stringify(one) === JSON.stringify(other),
        pageSize,
        keptPages,
        onChange: rendered,
        onFailure: (thrown) => fail(failureIn(thrown)),
      }),
    [filter, descending, opened, tried],
  )
  useEffect(() => {
    fail(null)
    rows.show(0, 0)
    return () => rows.dispose()
  }, [rows])
  return { rows, failure, retry }
}

const useCount = (filter: ReviewFilter, opened: unknown) => {
  const [count, set] = useState<{ readonly count: number; readonly capped: boolean } | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new review counts anew
  useEffect(() => {
    let over = false
    set(null)
    desktop.review.count(filter).then(
      (found) => !over && set(found),
      () => undefined,
    )
    return () => {
      over = true
    }
  }, [filter, opened])
  return count
}

const Count = ({ filter, opened }: { readonly filter: ReviewFilter; readonly opened: unknown }) => {
  const { t } = useTranslation('review')
  const found = useCount(filter, opened)
  return (
    <span role="status" className="figure text-muted">
      {found !== null && t(found.capped ? 'entriesOrMore' : 'entries', { text: integer(found.count) })}
    </span>
  )
}

/** 記録: every entry of the bundle, how it stands, and one of them in full beside the list. */
export const TimelineTab = ({ review }: ReviewTabProps) => {
  const { t } = useTranslation('review')
  const { key } = useLocation()
  const { filter, descending } = useLive(listed)
  const [mark, setMark] = useState(true)
  const [cursor, setCursor] = useState<string | null>(key)
  const listing = useListing(filter, descending, review.summary)
  const { rows } = listing
  const change = (next: ReviewFilter): void => listed.set((now) => ({ ...now, filter: next }))
  const open = (index: string | null): void => {
    if (index !== null) setCursor(index)
    replacePlace({ page: 'audit', key: index, search: 'tab=timeline' })
  }
  return (
    <div className="flex min-h-0 flex-1 gap-3">
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <TimelineFilter filter={filter} opened={review.summary} onChange={change} />
        <div className="flex flex-wrap items-center gap-3">
          <Count filter={filter} opened={review.summary} />
          <Segmented
            label={t('order.label')}
            value={descending ? 'newest' : 'oldest'}
            options={(['newest', 'oldest'] as const).map((value) => ({ value, label: t(`order.${value}`) }))}
            onChange={(value) => listed.set((now) => ({ ...now, descending: value === 'newest' }))}
          />
          <span className="flex-1" />
          <Checkbox checked={mark} onChange={(event) => setMark(event.target.checked)}>
            {t('csv.mark')}
          </Checkbox>
          <Button
            icon={<Download size={16} aria-hidden="true" />}
            onClick={() =>
              void followExport(t('csv.name'), (signal) => desktop.review.csv({ filter, descending, mark }, { signal }))
            }
          >
            {t('csv.save')}
          </Button>
        </div>
        <div className="min-h-0 flex-1 overflow-hidden rounded-lg border border-line">
          {listing.failure ? (
            <Failed failure={listing.failure} onRetry={listing.retry} />
          ) : rows.length > 0 ? (
            <TimelineTable rows={rows} active={cursor} onActive={setCursor} onOpen={open} />
          ) : rows.ready ? (
            <Empty title={t(isNarrowed(filter) ? 'empty.narrowed' : 'empty.title')}>
              {isNarrowed(filter) ? t('empty.narrowedHint') : t('empty.hint')}
            </Empty>
          ) : (
            <Loading rows={10} />
          )}
        </div>
      </div>
      {key !== null && /^[0-9]{1,15}$/.test(key) && (
        <EntryPane index={Number(key)} opened={review.summary} onClose={() => open(null)} />
      )}
    </div>
  )
}
