import { clsx } from 'clsx'
import { Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { isHistoryFailure } from '../../app/history.ts'
import { useLocation } from '../../app/navigation.ts'
import { useDesktop } from '../../app/streams.ts'
import { Loading } from '../../ui/states/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { usePainted } from '../monitoring/painted.ts'
import { type AuditTab, auditTabNamed, auditTabs } from './tabs.ts'
import { showTab, useReview } from './use-review.ts'

/** As chosen last in this window: who comes back to the page finds it as it was. */
let lastTab: AuditTab | null = null

/** 監査: a bundle under review, and what this desktop knows of the log by itself. */
export const AuditPage = () => {
  const { t } = useTranslation('review')
  const { t: common } = useTranslation()
  const { search } = useLocation()
  const review = useReview()
  const denied = useDesktop((state) => state?.link.failure != null && isHistoryFailure(state.link.failure.code))
  const alone = useDesktop((state) => state?.reviewOnly ?? false)
  const open = review?.phase === 'open' ? review : null
  // An alarm stands there, and what the desktop saw while nothing is under review.
  const usual: AuditTab = denied || review === null || (review.phase === 'none' && !alone) ? 'seen' : 'bundle'
  const wanted = auditTabNamed(new URLSearchParams(search).get('tab')) ?? (denied ? 'seen' : lastTab) ?? usual
  const tabs = auditTabs.filter(
    ({ tab, needs }) => (open !== null || needs === 'nothing') && !(alone && (tab === 'seen' || tab === 'access')),
  )
  const entry = tabs.find(({ tab }) => tab === wanted) ?? tabs[0]
  // A start for a review alone shows no other page, and who started it waits for this one.
  usePainted('audit', review !== null && alone)
  const phase = review?.phase
  const here = entry?.tab
  // A bundle that the menu or another start opens is what a person wants to see.
  useEffect(() => {
    if (phase === 'opening' && here === 'seen') showTab('bundle')
  }, [phase, here])
  if (entry === undefined) return null
  if (review !== null) lastTab = entry.tab
  const fills = entry.tab === 'timeline'
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className={clsx(fills && 'h-full')}>
        <Tabs
          fills={fills}
          content={fills ? '' : open === null ? 'max-w-5xl' : 'max-w-6xl'}
          label={t('tabs')}
          value={entry.tab}
          tabs={tabs.map(({ tab, icon }) => ({ value: tab, label: t(`tab.${tab}`), icon }))}
          onChange={showTab}
          before={<h1 className="self-center font-bold text-[20px]">{common('page.audit')}</h1>}
        >
          <Suspense fallback={<Loading rows={6} />}>
            {entry.needs === 'nothing' ? <entry.content /> : open !== null && <entry.content review={open} />}
          </Suspense>
        </Tabs>
      </div>
    </div>
  )
}
