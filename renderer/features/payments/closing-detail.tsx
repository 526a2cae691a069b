import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ClosingRow, Difference } from '#protocol/payments-closings.ts'
import { type CaseRow, cases } from '#protocol/payments-records.ts'
import { useWatched } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { goTo } from '../../app/navigation.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { CaseActs, CaseHistory, CaseState } from './case-parts.tsx'
import { useRecordText } from './words.ts'

const counted = ['matched', 'late', 'differs', 'missingHere', 'missingThere', 'carried', 'apart'] as const
/** The cases of a closing's differences, each by its own key: of all the others there may be any number. */
const useCasesOf = (differences: readonly Difference[]): ReadonlyMap<string, CaseRow> => {
  useWatched(cases.name, 'row')
  const keys = differences.map((one) => one.case)
  const found = useQuery({
    queryKey: [cases.name, 'row', keys],
    queryFn: () => Promise.all(keys.map((key) => desktop.rows.get({ collection: cases.name, key }))),
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
  const rows = (found.data ?? []) as readonly unknown[] as readonly (CaseRow | null)[]
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row.key, row] as const])))
}

const Told = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  return (
    <span className="flex flex-col items-start gap-0.5">
      <CaseState row={row} />
      {row.history.length > 1 && (
        <details className="text-muted">
          <summary>{t('case.history')}</summary>
          <CaseHistory row={row} />
        </details>
      )}
    </span>
  )
}

const useColumns = (found: ReadonlyMap<string, CaseRow>): readonly Column<Difference>[] => {
  const { t } = useTranslation('closings')
  const words = useRecordText()
  const caseOf = (one: Difference, shown: (row: CaseRow) => ReactNode): ReactNode => {
    const row = found.get(one.case)
    return row === undefined ? '–' : shown(row)
  }
  return [
    {
      id: 'kind',
      title: t('difference.kind'),
      cell: (one) => <b className="whitespace-nowrap">{t(`kind.${one.kind}`)}</b>,
    },
    { id: 'theirs', title: t('difference.theirs'), right: true, cell: (one) => words(one.theirs) || '–' },
    { id: 'ours', title: t('difference.ours'), right: true, cell: (one) => words(one.ours) || '–' },
    {
      id: 'about',
      title: t('difference.about'),
      cell: (one) => <span className="selectable break-all font-mono">{one.about}</span>,
    },
    {
      id: 'payment',
      title: t('difference.payment'),
      cell: (one) =>
        one.payment === '' ? (
          '–'
        ) : (
          <Button small look="quiet" onClick={() => goTo({ page: 'payments', key: one.payment })}>
            {t('difference.show')}
          </Button>
        ),
    },
    {
      id: 'case',
      title: t('difference.case'),
      cell: (one) =>
        caseOf(one, (row) => (
          <span className="flex flex-col gap-1.5 py-0.5">
            <Told row={row} />
            <CaseActs row={row} about={one.about} />
          </span>
        )),
    },
  ]
}

interface ClosingDetailProps {
  readonly row: ClosingRow
  readonly title: string
  readonly onClose: () => void
}

/** What a closing found, and what becomes of each difference. */
export const ClosingDetail = ({ row, title, onClose }: ClosingDetailProps) => {
  const { t } = useTranslation('closings')
  const top = useRef<HTMLDivElement>(null)
  // It stands above the list, of which any row may have asked for it.
  useEffect(() => top.current?.scrollIntoView(), [])
  const columns = useColumns(useCasesOf(row.differences))
  const { late, differs, missingHere, missingThere } = row.counts
  const more = late + differs + missingHere + missingThere - row.differences.length - row.untold
  return (
    <div ref={top} className="scroll-mt-4">
      <Panel
        title={title}
        note={row.closedAt === null ? undefined : t('detail.closedAt', { at: dateTime(row.closedAt) })}
        padded={false}
        actions={
          <Button look="quiet" icon={<X size={16} aria-hidden="true" />} onClick={onClose}>
            {t('detail.close')}
          </Button>
        }
      >
        <dl className="flex flex-wrap gap-x-6 gap-y-1 px-4 pb-2">
          {counted.map((name) => (
            <div key={name} className="flex items-baseline gap-1.5">
              <dt className="text-muted">{t(`count.${name}`)}</dt>
              <dd className="figure font-bold">{integer(row.counts[name])}</dd>
            </div>
          ))}
        </dl>
        {row.untold > 0 && <p className="px-4 pb-2 text-warning">{t('detail.untold', { count: row.untold })}</p>}
        {row.differences.length === 0 ? (
          <p className="px-4 pb-3">{t('detail.none')}</p>
        ) : (
          <DataTable label={t('detail.table')} rows={row.differences} rowKey={(one) => one.case} columns={columns} />
        )}
        {more > 0 && <p className="px-4 py-2 text-muted">{t('detail.more', { count: more })}</p>}
      </Panel>
    </div>
  )
}
