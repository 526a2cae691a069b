import { FileInput, FilePen } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ProposalRow } from '#protocol/approvals.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { useDesktop } from '../../app/streams.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Failed, Loading, NotPermitted, Offline } from '../../ui/states/states.tsx'
import { Count } from '../../ui/status.tsx'
import { AnswerFileDialog } from './answer-file-dialog.tsx'
import { ProposalCard, useBackendNow } from './proposal-card.tsx'
import { type Me, sorted } from './standing.ts'
import { useMe } from './use-me.ts'

const open = { state: ['open'] }
const due = { review: ['due'] }
const ended = { state: ['decided', 'rejected', 'withdrawn', 'expired', 'failed'] }
const shownAtFirst = 20

interface SectionProps {
  readonly title: string
  readonly rows: readonly ProposalRow[]
  readonly me: Me
  readonly loud?: boolean
  readonly empty?: ReactNode
}
const Section = ({ title, rows, me, loud = false, empty }: SectionProps) => {
  if (rows.length === 0 && empty === undefined) return null
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="flex items-center gap-2 font-bold">
        {title}
        {rows.length > 0 && <Count loud={loud}>{rows.length}</Count>}
      </h2>
      {rows.length === 0 ? empty : rows.map((row) => <ProposalCard key={row.id} row={row} me={me} />)}
    </section>
  )
}

const History = ({ me }: { readonly me: Me }) => {
  const { t } = useTranslation('approvals')
  const [limit, setLimit] = useState(shownAtFirst)
  const { rows } = useList<ProposalRow>('approvals.proposals', { where: ended, sort: 'proposedAt', limit })
  const settled = rows.filter(({ review }) => review !== 'due')
  return (
    <>
      <Section title={t('history')} rows={settled} me={me} empty={<p className="text-faint">{t('noHistory')}</p>} />
      {rows.length === limit && (
        <Button className="self-center" onClick={() => setLimit(limit + shownAtFirst)}>
          {t('more')}
        </Button>
      )}
    </>
  )
}

const Files = () => {
  const { t } = useTranslation('approvals')
  const [answering, setAnswering] = useState(false)
  return (
    <div className="ml-auto flex gap-2">
      <Button
        icon={<FileInput size={15} aria-hidden="true" />}
        onClick={() =>
          void act(
            () => desktop.approvals.carryFile({}),
            ({ what }) => t(`carried.${what}`),
          )
        }
      >
        {t('carryFile')}
      </Button>
      <Button icon={<FilePen size={15} aria-hidden="true" />} onClick={() => setAnswering(true)}>
        {t('answerFile')}
      </Button>
      {answering && <AnswerFileDialog onClose={() => setAnswering(false)} />}
    </div>
  )
}

const Proposals = ({ me }: { readonly me: Me }) => {
  const { t } = useTranslation('approvals')
  const now = useBackendNow()
  const list = useList<ProposalRow>('approvals.proposals', { where: open, sort: 'proposedAt' })
  const reviews = useList<ProposalRow>('approvals.proposals', { where: due, sort: 'proposedAt' }).rows
  const since = useDesktop((state) => state?.link.since ?? 0)
  if (list.state === 'denied') return <NotPermitted />
  if (list.state === 'loading') return <Loading rows={6} />
  if (list.state === 'offline') return <Offline since={since} />
  if (list.state === 'failed' && list.failure) return <Failed failure={list.failure} onRetry={list.refetch} />
  const { waiting, mine, others } = sorted(list.rows, me, now)
  return (
    <>
      <Section title={t('reviews')} rows={reviews} me={me} loud />
      <Section
        title={t('waiting')}
        rows={waiting}
        me={me}
        loud
        empty={<Empty title={t('nothingWaits')}>{t('nothingWaitsHint')}</Empty>}
      />
      <Section title={t('mine')} rows={mine} me={me} />
      <Section title={t('others')} rows={others} me={me} />
      <History me={me} />
    </>
  )
}

/** 承認: what waits for me, what I proposed, and what became of it. */
export const ApprovalsPage = () => {
  const { t } = useTranslation()
  const me = useMe()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="flex max-w-4xl flex-col gap-4">
        <div className="flex items-center gap-3">
          <h1 className="font-bold text-[20px]">{t('page.approvals')}</h1>
          <Files />
        </div>
        {me === null ? <Loading rows={6} /> : <Proposals me={me} />}
      </div>
    </div>
  )
}
