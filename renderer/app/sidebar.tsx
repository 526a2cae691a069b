import { clsx } from 'clsx'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '#protocol/desktop.ts'
import { integer } from '../format/number.ts'
import { Count } from '../ui/status.tsx'
import { useCount } from './collection.ts'
import { hashOf, useLocation } from './navigation.ts'
import { type pageEntries, usePageEntries } from './pages.tsx'

const WaitingBadge = lazy(async () => ({
  default: (await import('../features/approvals/waiting-badge.tsx')).WaitingBadge,
}))

const openEvents = { state: ['open'] }
const firingAlerts = { state: ['firing'] }
const openCases = { state: ['open', 'taken'] }

const short = (count: { readonly count: number; readonly capped: boolean }): string =>
  count.count > 999 ? '999+' : integer(count.count)

/** Counting reads many rows; what stands in the page comes first. */
const countsWaitMs = 1_500

const useRested = (): boolean => {
  const [rested, setRested] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), countsWaitMs)
    return () => clearTimeout(timer)
  }, [])
  return rested
}

const Badge = ({ page }: { readonly page: Page }) => {
  if (!useRested()) return null
  if (page === 'events') return <OpenEvents />
  if (page === 'approvals')
    return (
      <Suspense>
        <WaitingBadge />
      </Suspense>
    )
  if (page === 'payments') return <OpenCases />
  return page === 'alerts' ? <FiringAlerts /> : null
}

const OpenEvents = () => {
  const { t } = useTranslation('shell')
  const open = useCount('events', openEvents)
  if (open === null || open.count === 0) return null
  return (
    <span title={t('sidebar.open')}>
      <span className="sr-only">{t('sidebar.open')}</span>
      <Count>{short(open)}</Count>
    </span>
  )
}

const OpenCases = () => {
  const { t } = useTranslation('shell')
  const open = useCount('payments.cases', openCases)
  if (open === null || open.count === 0) return null
  return (
    <span title={t('sidebar.cases')}>
      <span className="sr-only">{t('sidebar.cases')}</span>
      <Count loud>{short(open)}</Count>
    </span>
  )
}

const FiringAlerts = () => {
  const { t } = useTranslation('shell')
  const firing = useCount('alerts', firingAlerts)
  if (firing === null || firing.count === 0) return null
  return (
    <span title={t('sidebar.firing')}>
      <span className="sr-only">{t('sidebar.firing')}</span>
      <Count loud>{short(firing)}</Count>
    </span>
  )
}

const SidebarLink = ({ entry }: { readonly entry: (typeof pageEntries)[number] }) => {
  const { t } = useTranslation()
  const { page } = useLocation()
  const here = page === entry.page
  const Icon = entry.icon
  return (
    <a
      href={hashOf({ page: entry.page, key: null })}
      aria-current={here ? 'page' : undefined}
      className={clsx(
        'flex h-10 items-center gap-3 rounded-md border-l-3 px-3 font-bold',
        here ? 'border-accent bg-selected text-text' : 'border-transparent text-muted hover:bg-hover hover:text-text',
      )}
    >
      <Icon size={18} aria-hidden="true" className="shrink-0" />
      <span className="flex-1 whitespace-nowrap">{t(`page.${entry.page}`)}</span>
      <Badge page={entry.page} />
    </a>
  )
}

export const Sidebar = () => {
  const { t } = useTranslation('shell')
  const entries = usePageEntries()
  return (
    <nav
      aria-label={t('sidebar.label')}
      className="flex w-54 shrink-0 flex-col gap-1 border-line border-r bg-surface p-2"
    >
      <div className="flex items-center gap-2.5 px-2 pt-2 pb-4">
        <Mark />
        <span className="leading-tight">
          <span className="block font-bold text-[15px]">Libral</span>
          <span className="block text-faint">Control Center</span>
        </span>
      </div>
      {entries
        .filter(({ foot }) => !foot)
        .map((entry) => (
          <SidebarLink key={entry.page} entry={entry} />
        ))}
      <div className="flex-1" />
      {entries
        .filter(({ foot }) => foot)
        .map((entry) => (
          <SidebarLink key={entry.page} entry={entry} />
        ))}
    </nav>
  )
}

const Mark = () => (
  <svg aria-hidden="true" width="30" height="30" viewBox="0 0 30 30" fill="none" data-shape="">
    <rect width="30" height="30" rx="8" fill="var(--accent-fill)" />
    <path d="M10 7.5v14h10.5" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    <circle cx="19.5" cy="11.5" r="2.8" fill="#fff" />
  </svg>
)
