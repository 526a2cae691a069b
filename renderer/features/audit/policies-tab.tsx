import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PolicyVersion } from '#protocol/review.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty, Failed, Loading } from '../../ui/states/states.tsx'
import { DiffView } from '../policy/diff-view.tsx'
import type { ReviewTabProps } from './tabs.ts'
import { showEntry } from './use-review.ts'

/** ポリシー: which sets were in force from which entry on, and what changed between two of them. */
export const PoliciesTab = ({ review }: ReviewTabProps) => {
  const { t } = useTranslation('review')
  const found = useQuery({
    queryKey: ['review', 'policies', review.summary.at],
    queryFn: () => desktop.review.policies({}),
  })
  if (found.isPending) return <Loading rows={6} />
  if (found.isError) return <Failed failure={failureIn(found.error)} onRetry={() => void found.refetch()} />
  if (found.data.length === 0) return <Empty title={t('policies.none')} />
  return (
    <>
      <Panel title={t('policies.title')} padded={false}>
        <DataTable
          label={t('policies.title')}
          rowKey={({ hash, from }) => `${from} ${hash}`}
          rows={found.data}
          columns={[
            {
              id: 'from',
              title: t('policies.from'),
              cell: ({ from }) => (
                <Button small look="quiet" onClick={() => showEntry(from)}>
                  {t('entry.number', { text: integer(from) })}
                </Button>
              ),
            },
            { id: 'at', title: t('column.time'), cell: ({ at }) => <span className="figure">{dateTime(at)}</span> },
            { id: 'entries', title: t('policies.entries'), right: true, cell: ({ entries }) => integer(entries) },
            {
              id: 'by',
              title: t('policies.by'),
              // Of a set that the bundle lacks nobody knows who published it.
              cell: ({ publishedBy, source }) => publishedBy ?? (source === null ? '—' : t('policies.seed')),
            },
            {
              id: 'hash',
              title: t('policies.hash'),
              cell: ({ hash, source }) => (
                <>
                  <span className="selectable break-all font-mono">{hash}</span>
                  {source === null && <span className="ml-2 text-faint">{t('policies.absent')}</span>}
                </>
              ),
            },
          ]}
        />
      </Panel>
      <Difference versions={found.data} />
    </>
  )
}

const Difference = ({ versions }: { readonly versions: readonly PolicyVersion[] }) => {
  const { t } = useTranslation('review')
  const known = versions.filter(({ source }) => source !== null)
  const [before, setBefore] = useState(Math.max(0, known.length - 2))
  const [after, setAfter] = useState(known.length - 1)
  const [one, other] = [known[before]?.source ?? '', known[after]?.source ?? '']
  if (known.length === 0) return null
  const choose = (label: string, value: number, set: (value: number) => void) => (
    <Field label={label}>
      {({ id }) => (
        <Select id={id} className="w-72" value={value} onChange={({ target }) => set(Number(target.value))}>
          {known.map(({ from, at }, nth) => (
            <option key={from} value={nth}>
              {t('policies.option', { text: integer(from), at: dateTime(at) })}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
  return (
    <Panel title={t('policies.difference')}>
      <div className="flex flex-wrap gap-4">
        {choose(t('policies.before'), before, setBefore)}
        {choose(t('policies.after'), after, setAfter)}
      </div>
      <div className="mt-3">
        <DiffView label={t('policies.difference')} before={one} after={other} />
      </div>
    </Panel>
  )
}
