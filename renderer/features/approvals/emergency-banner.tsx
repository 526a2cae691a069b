import { TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ProposalRow } from '#protocol/approvals.ts'
import { useList } from '../../app/collection.ts'
import { goTo, useLocation } from '../../app/navigation.ts'
import { usePermitted } from '../../app/streams.ts'
import { Button } from '../../ui/button.tsx'
import { useDescribed } from './described.tsx'

const due = { review: ['due'] }

const Unreviewed = ({ row, count }: { readonly row: ProposalRow; readonly count: number }) => {
  const { t } = useTranslation('approvals')
  const { page } = useLocation()
  const { title } = useDescribed(row.proposed)
  const actor = row.votes.find(({ purpose }) => purpose === 'break-glass')?.operator ?? row.operator
  return (
    <div role="status" className="flex items-center gap-3 bg-danger-fill px-5 py-2 text-on-fill">
      <TriangleAlert size={18} aria-hidden="true" />
      <p className="min-w-0 flex-1 truncate font-bold">{t('banner', { operator: actor, title, count })}</p>
      {page !== 'approvals' && (
        <Button small onClick={() => goTo({ page: 'approvals', key: null })}>
          {t('bannerOpen')}
        </Button>
      )}
    </div>
  )
}

/** Red over every page, on every operator's screen, until somebody else has reviewed what was done in an emergency. */
export const EmergencyBanner = () => {
  const may = usePermitted('approvals.read')
  return may ? <FirstUnreviewed /> : null
}

const FirstUnreviewed = () => {
  const { rows } = useList<ProposalRow>('approvals.proposals', { where: due, sort: 'proposedAt' })
  const [row] = rows
  return row === undefined ? null : <Unreviewed row={row} count={rows.length} />
}
