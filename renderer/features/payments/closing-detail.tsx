import { X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ClosingRow, type Difference, differenceKinds } from '#protocol/payments-closings.ts'
import { changeCase } from '#protocol/payments-commands.ts'
import { type CaseRow, cases } from '#protocol/payments-records.ts'
import { useList } from '../../app/collection.ts'
import { goTo } from '../../app/navigation.ts'
import { usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { NoteDialog } from '../../ui/note-dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status, type Tone } from '../../ui/status.tsx'

const counted = ['matched', 'late', 'differs', 'missingHere', 'missingThere', 'carried', 'apart'] as const
const tones: Readonly<Record<CaseRow['state'], Tone>> = { open: 'warning', taken: 'busy', closed: 'ok' }
const isService = (operator: string): boolean => operator.startsWith('service:')

/** `capture 1,200 JPY` in the language of the screen. */
const useAmount = () => {
  const { t } = useTranslation('closings')
  return (text: string): string => {
    const [, what, amount] = /^(capture|refund|dispute|fee) (.+)$/.exec(text) ?? []
    return what === undefined ? text || '–' : `${t(`what.${what as 'capture'}`)} ${amount}`
  }
}

const CaseState = ({ row }: { readonly row: CaseRow | undefined }) => {
  const { t } = useTranslation('closings')
  if (!row) return '–'
  const owner = row.owner ?? ''
  const settled = row.state === 'closed' && isService(row.history.at(-1)?.by ?? '')
  return (
    <span className="flex flex-col items-start gap-0.5">
      <Status tone={tones[row.state]}>{settled ? t('case.settled') : t(`case.${row.state}`, { owner })}</Status>
      {row.history.length > 1 && (
        <details className="text-muted">
          <summary>{t('difference.history')}</summary>
          <ul>
            {row.history.map((one) => (
              <li key={`${one.at} ${one.did}`} className="selectable">
                {`${dateTime(one.at)} ${t(`did.${one.did}`)} ${isService(one.by) ? '' : one.by} ${one.note}`}
              </li>
            ))}
          </ul>
        </details>
      )}
    </span>
  )
}

interface Acts {
  readonly about: string
  readonly row: CaseRow | undefined
  readonly onClose: (row: CaseRow) => void
}
const CaseActs = ({ about, row, onClose }: Acts) => {
  const { t } = useTranslation('closings')
  if (!usePermitted('payments.cases') || !row) return null
  const change = (did: 'took' | 'reopened') => void submit(changeCase.name, { key: row.key, did, note: '' })
  return (
    <span className="flex justify-end gap-1.5">
      {row.state === 'open' && (
        <Button small aria-label={t('case.takeOf', { about })} onClick={() => change('took')}>
          {t('case.take')}
        </Button>
      )}
      {row.state === 'closed' ? (
        <Button small look="quiet" aria-label={t('case.reopenOf', { about })} onClick={() => change('reopened')}>
          {t('case.reopen')}
        </Button>
      ) : (
        <Button small look="quiet" aria-label={t('case.closeOf', { about })} onClick={() => onClose(row)}>
          {t('case.close')}
        </Button>
      )}
    </span>
  )
}

const useColumns = (
  found: ReadonlyMap<string, CaseRow>,
  onClose: (row: CaseRow) => void,
): readonly Column<Difference>[] => {
  const { t } = useTranslation('closings')
  const amount = useAmount()
  return [
    {
      id: 'kind',
      title: t('difference.kind'),
      cell: (one) => <b className="whitespace-nowrap">{t(`kind.${one.kind}`)}</b>,
    },
    { id: 'theirs', title: t('difference.theirs'), right: true, cell: (one) => amount(one.theirs) },
    { id: 'ours', title: t('difference.ours'), right: true, cell: (one) => amount(one.ours) },
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
    { id: 'case', title: t('difference.case'), cell: (one) => <CaseState row={found.get(one.case)} /> },
    {
      id: 'acts',
      title: <span className="sr-only">{t('column.actions')}</span>,
      cell: (one) => <CaseActs about={one.about} row={found.get(one.case)} onClose={onClose} />,
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
  const list = useList<CaseRow>(cases.name, { where: { kind: [...differenceKinds] } })
  const [closing, setClosing] = useState<CaseRow | null>(null)
  const found = new Map(list.rows.map((one) => [one.key, one]))
  const columns = useColumns(found, setClosing)
  const { late, differs, missingHere, missingThere } = row.counts
  const more = late + differs + missingHere + missingThere - row.differences.length - row.untold
  return (
    <Panel
      title={title}
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
      {closing && (
        <NoteDialog
          title={t('case.closing')}
          description={t('case.closingText')}
          action={t('case.close')}
          onCancel={() => setClosing(null)}
          onDone={(note) => {
            setClosing(null)
            void submit(changeCase.name, { key: closing.key, did: 'closed', note: note.slice(0, 500) })
          }}
        />
      )}
    </Panel>
  )
}
