import { useTranslation } from 'react-i18next'
import type { ProposalRow } from '#protocol/approvals.ts'
import { useList } from '../../app/collection.ts'
import { Count } from '../../ui/status.tsx'
import { useBackendNow } from './proposal-card.tsx'
import { refusalFor, sorted } from './standing.ts'
import { useMe } from './use-me.ts'

const open = { state: ['open'] }
const due = { review: ['due'] }

/** Proposals and reviews that wait for me, beside the page's name. */
export const WaitingBadge = () => {
  const { t } = useTranslation('approvals')
  const me = useMe()
  const now = useBackendNow()
  const { rows } = useList<ProposalRow>('approvals.proposals', { where: open, sort: 'proposedAt' })
  const reviews = useList<ProposalRow>('approvals.proposals', { where: due, sort: 'proposedAt' }).rows
  if (me === null) return null
  const count =
    sorted(rows, me, now).waiting.length + reviews.filter((row) => refusalFor(row, me, 'review', now) === null).length
  if (count === 0) return null
  return (
    <span title={t('badge')}>
      <span className="sr-only">{t('badge')}</span>
      <Count loud>{count}</Count>
    </span>
  )
}
