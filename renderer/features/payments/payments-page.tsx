import { clsx } from 'clsx'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktop } from '../../app/streams.ts'
import { Partial, Stale } from '../../ui/states/note-line.tsx'
import { Loading, NotPermitted } from '../../ui/states/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { type PaymentsTab, paymentsTabs, tabNamed } from './tabs.ts'

/** As chosen last in this window: who comes back to the page finds it as it was. */
let lastTab: PaymentsTab | null = null
/** What stood in the address of each tab: filters are not lost by looking at another tab. */
const searches = new Map<PaymentsTab, string>()

/** Money is read with its age: what is shown may be of before the connection was lost. */
const Age = () => {
  const { t } = useTranslation()
  const loading = useDesktop((state) => state?.replica.collections['payments']?.state === 'loading')
  const staleSince = useDesktop((state) => (state?.link.state === 'live' ? null : (state?.link.currentAt ?? null)))
  if (loading) return <Partial text={t('state.syncing')} />
  return staleSince === null ? null : <Stale at={staleSince} />
}

/** The tabs that the signed-in operator may see; all of them while nobody is signed in, as pages do. */
const useTabs = () => {
  const held = useDesktop((state) => state?.session?.permissions.join(' ') ?? null)?.split(' ')
  return paymentsTabs.filter(({ permission }) => permission === null || (held?.includes(permission) ?? true))
}

/** 決済: `#/payments/ID` shows a payment, `?tab=` one of the tabs, and what else stands there is the tab's own. */
export const PaymentsPage = () => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  const { search, key } = useLocation()
  const tabs = useTabs()
  const denied = useDesktop((state) => state?.replica.collections['payments']?.state === 'denied')
  const wanted = key === null ? (tabNamed(new URLSearchParams(search).get('tab')) ?? lastTab) : 'list'
  const entry = tabs.find(({ tab }) => tab === wanted) ?? tabs[0]
  if (entry === undefined) return null
  lastTab = entry.tab
  if (key === null) searches.set(entry.tab, search)
  // A payment in the list's place scrolls with the page.
  const fills = entry.fills === true && key === null
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className={clsx(fills && 'h-full')}>
        <Tabs
          fills={fills}
          content={entry.wide ? '' : 'max-w-6xl'}
          label={t('tabs')}
          value={entry.tab}
          tabs={tabs.map(({ tab, icon }) => ({ value: tab, label: t(`tab.${tab}`), icon }))}
          onChange={(tab) => replacePlace({ page: 'payments', key: null, search: searches.get(tab) || `tab=${tab}` })}
          before={<h1 className="self-center font-bold text-[20px]">{common('page.payments')}</h1>}
          after={<Age />}
        >
          <Suspense fallback={<Loading rows={6} />}>{denied ? <NotPermitted /> : <entry.content />}</Suspense>
        </Tabs>
      </div>
    </div>
  )
}
