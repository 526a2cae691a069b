import { ArrowRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status } from '../../ui/status.tsx'
import type { ReviewTabProps } from './tabs.ts'
import { showEntry } from './use-review.ts'
import { doubtfulEntries } from './verdict-words.ts'

interface ShowProps {
  readonly index: number
  readonly manifest: BundleVerdict['manifest']
}

/** Opens the entry that says so: the revocation, or the restore. What stands before the range has no view. */
const Show = ({ index, manifest }: ShowProps) => {
  const { t } = useTranslation('review')
  if (manifest === null || index < manifest.from || index >= manifest.to) return null
  return (
    <Button
      small
      aria-label={t('showEntry', { text: integer(index) })}
      icon={<ArrowRight size={14} aria-hidden="true" />}
      onClick={() => showEntry(index)}
    >
      {t('column.show')}
    </Button>
  )
}

/** Commands that were carried out alone, though the policy of their time asked for approvals. */
export const Unapproved = ({ review: { summary, verdict } }: ReviewTabProps) => {
  const { t } = useTranslation('review')
  const { count, first } = summary.unapproved
  if (count === 0) return null
  return (
    <Panel
      title={t('unapproved.title', { text: integer(count) })}
      note={count > first.length ? t('findings.first', { text: integer(first.length) }) : undefined}
    >
      <p>{t('unapproved.hint')}</p>
      <ul className="mt-2 flex flex-wrap gap-2">
        {first.map((index) => (
          <li key={index} className="flex items-center gap-2">
            <Status tone="bad">{t('entry.number', { text: integer(index) })}</Status>
            <Show index={index} manifest={verdict.manifest} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

interface VerdictProps {
  readonly verdict: Pick<BundleVerdict, 'doubts' | 'breaks' | 'manifest'>
}

/** 要確認: entries that agree, under a certificate that was revoked as compromised. */
export const Doubts = ({ verdict: { doubts, manifest } }: VerdictProps) => {
  const { t } = useTranslation('review')
  if (doubts.length === 0) return null
  return (
    <Panel title={t('doubts.title')} padded={false}>
      <p className="px-4 py-2">{t('doubts.hint')}</p>
      <DataTable
        label={t('doubts.title')}
        rowKey={({ fingerprint }) => fingerprint}
        rows={doubts}
        columns={[
          {
            id: 'operator',
            title: t('column.owner'),
            cell: ({ operator }) => <Status tone="warning">{operator}</Status>,
          },
          {
            id: 'fingerprint',
            title: t('column.key'),
            cell: ({ fingerprint }) => <span className="selectable break-all font-mono">{fingerprint}</span>,
          },
          {
            id: 'entries',
            title: t('doubts.entries'),
            cell: (doubt) => doubtfulEntries(t, doubt),
          },
          { id: 'revoked', title: t('doubts.revoked'), right: true, cell: ({ revoked }) => integer(revoked) },
          {
            id: 'go',
            title: <span className="sr-only">{t('column.show')}</span>,
            cell: ({ revoked }) => <Show index={revoked} manifest={manifest} />,
          },
        ]}
      />
    </Panel>
  )
}

/** 説明のある断絶: backups that were restored, and what was said of it. */
export const Breaks = ({ verdict: { breaks, manifest } }: VerdictProps) => {
  const { t } = useTranslation('review')
  if (breaks.length === 0) return null
  return (
    <Panel title={t('breaks.title')} padded={false}>
      <p className="px-4 py-2">{t('breaks.hint')}</p>
      <DataTable
        label={t('breaks.title')}
        rowKey={({ index }) => String(index)}
        rows={breaks}
        columns={[
          {
            id: 'index',
            title: t('column.index'),
            right: true,
            cell: ({ index }) => <Status tone="warning">{integer(index)}</Status>,
          },
          { id: 'operator', title: t('breaks.by'), cell: ({ operator }) => operator },
          {
            id: 'reason',
            title: t('breaks.reason'),
            cell: ({ reason }) => <span className="selectable">{reason}</span>,
          },
          {
            id: 'names',
            title: t('breaks.names'),
            cell: ({ previous, origin }) => (
              <span className="selectable break-all font-mono">
                {previous} → {origin}
              </span>
            ),
          },
          {
            id: 'go',
            title: <span className="sr-only">{t('column.show')}</span>,
            cell: ({ index }) => <Show index={index} manifest={manifest} />,
          },
        ]}
      />
    </Panel>
  )
}
