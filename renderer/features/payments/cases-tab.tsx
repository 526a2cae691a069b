import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type CaseRow, cases } from '#protocol/payments-records.ts'
import { useGrowingList } from '../../app/collection.ts'
import { goTo } from '../../app/navigation.ts'
import { Button } from '../../ui/button.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { CaseActs, CaseHistory, CaseState } from './case-parts.tsx'
import { comparesOurs, numberOf } from './cases.ts'
import { useProviderLabel, useRecordText } from './words.ts'

const kinds = ['waiting', 'closed'] as const
const wheres = { waiting: { state: ['open', 'taken'] }, closed: { state: ['closed'] } } as const
const pageRows = 50

const Said = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const words = useRecordText()
  if (row.theirs === '' && row.ours === '') return null
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-0.5">
      <dt className="text-faint">{t('case.theirs')}</dt>
      <dd className="selectable break-words">{row.theirs === '' ? t('case.nothing') : words(row.theirs)}</dd>
      {comparesOurs(row) && (
        <>
          <dt className="text-faint">{t('case.ours')}</dt>
          <dd className="selectable break-words">{row.ours === '' ? t('case.nothing') : words(row.ours)}</dd>
        </>
      )}
    </dl>
  )
}

const Card = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const provider = useProviderLabel()
  const number = numberOf(row)
  return (
    <article
      aria-label={t(`case.kind.${row.kind}`)}
      className="flex flex-col gap-2 rounded-lg border border-line bg-surface px-4 py-3"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="font-bold">{t(`case.kind.${row.kind}`)}</h2>
        <CaseState row={row} />
        <span className="text-muted">{provider(row.provider)}</span>
        {row.payment !== '' && (
          <Button small look="quiet" className="ml-auto" onClick={() => goTo({ page: 'payments', key: row.payment })}>
            {t('case.payment')}
          </Button>
        )}
      </div>
      <p className="text-muted">{t(`case.todo.${row.kind}`)}</p>
      {number !== null && <p className="selectable break-all font-mono text-muted">{t('case.number', { number })}</p>}
      <Said row={row} />
      <div className="border-line border-t pt-1">
        <CaseHistory row={row} />
      </div>
      <CaseActs row={row} about={null} />
    </article>
  )
}

/** 要対応: what a person has to look at, who does, and what they found. */
export const CasesTab = () => {
  const { t } = useTranslation('payments')
  const [which, setWhich] = useState<(typeof kinds)[number]>('waiting')
  const where = { state: [...wheres[which].state] }
  const list = useGrowingList<CaseRow>(cases.name, { where, sort: 'openedAt', limit: pageRows })
  return (
    <>
      <Segmented
        label={t('case.which')}
        value={which}
        options={kinds.map((value) => ({ value, label: t(`case.${value}`) }))}
        onChange={setWhich}
      />
      <ListBody
        list={list}
        empty={t(which === 'waiting' ? 'case.none' : 'case.noneClosed')}
        {...(which === 'waiting' && { emptyHint: t('case.noneHint') })}
      >
        {(rows) => (
          <div className="flex flex-col gap-3">
            {rows.map((row) => (
              <Card key={row.key} row={row} />
            ))}
            {list.more && (
              <Button className="self-center" onClick={list.loadMore}>
                {t('more')}
              </Button>
            )}
          </div>
        )}
      </ListBody>
    </>
  )
}
