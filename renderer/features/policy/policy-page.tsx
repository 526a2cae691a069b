import { History as HistoryIcon, PencilLine, Scale } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PolicyVersionRow } from '#protocol/policy.ts'
import { useList } from '../../app/collection.ts'
import { useDesktop } from '../../app/streams.ts'
import { Failed, Loading, NotPermitted, Offline } from '../../ui/states/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Draft, type DraftText } from './draft.tsx'
import { History } from './history.tsx'
import { InForce } from './in-force.tsx'

const tabs = ['inForce', 'draft', 'history'] as const
const icons = { inForce: Scale, draft: PencilLine, history: HistoryIcon } as const

/** What is being written, by deployment, for as long as the window lives. */
const drafts = new Map<string, DraftText>()

/** ポリシー: who may do what, which acts need approvals, and how that is changed. */
export const PolicyPage = () => {
  const { t } = useTranslation('policy')
  const { t: common } = useTranslation()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="flex max-w-6xl flex-col gap-3">
        <h1 className="font-bold text-[20px]">{common('page.policy')}</h1>
        <Contents label={t('tabs.inForce')} />
      </div>
    </div>
  )
}

const Contents = ({ label }: { readonly label: string }) => {
  const { t } = useTranslation('policy')
  const [tab, setTab] = useState<(typeof tabs)[number]>('inForce')
  const list = useList<PolicyVersionRow>('policy.versions', { sort: 'version' })
  const since = useDesktop((state) => state?.link.since ?? 0)
  const deployment = useDesktop((state) => state?.deployment.id ?? '')
  const [draft, setDraft] = useState(drafts.get(deployment) ?? null)
  const keep = (next: DraftText | null): void => {
    if (next === null) drafts.delete(deployment)
    else drafts.set(deployment, next)
    setDraft(next)
  }
  if (list.state === 'denied') return <NotPermitted />
  if (list.state === 'offline') return <Offline since={since} />
  if (list.state === 'failed' && list.failure) return <Failed failure={list.failure} onRetry={list.refetch} />
  const [newest] = list.rows
  if (!newest) return <Loading rows={6} />
  return (
    <Tabs
      label={label}
      value={tab}
      onChange={setTab}
      tabs={tabs.map((value) => ({ value, label: t(`tabs.${value}`), icon: icons[value] }))}
    >
      {tab === 'inForce' && <InForce version={newest} />}
      {tab === 'draft' && <Draft inForce={newest} draft={draft} onDraft={keep} />}
      {tab === 'history' && <History versions={list.rows} />}
    </Tabs>
  )
}
