// What scrolls has to be reached by the keyboard, so it is a focusable group.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: see above
// biome-ignore-all lint/a11y/useSemanticElements: see above
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
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
import { linesBetween } from './line-diff.ts'
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
            { id: 'by', title: t('policies.by'), cell: ({ publishedBy }) => publishedBy ?? t('policies.seed') },
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
  const lines = useMemo(() => linesBetween(one, other), [one, other])
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
  const looks = { same: 'text-muted', added: 'bg-hover text-ok', removed: 'bg-hover text-major' } as const
  const marks = { same: ' ', added: '+', removed: '−' } as const
  return (
    <Panel title={t('policies.difference')}>
      <div className="flex flex-wrap gap-4">
        {choose(t('policies.before'), before, setBefore)}
        {choose(t('policies.after'), after, setAfter)}
      </div>
      {one === other && <p className="mb-2">{t('policies.same')}</p>}
      <div
        tabIndex={0}
        role="group"
        aria-label={t('policies.difference')}
        className="max-h-140 overflow-auto rounded-md bg-canvas p-2"
      >
        <pre className="selectable font-mono">
          {lines.map(({ kind, text }, nth) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have a place and nothing else
            <span key={nth} className={`block whitespace-pre-wrap ${looks[kind]}`}>
              <span className="sr-only">{kind === 'same' ? '' : t(`policies.${kind}`)}</span>
              <span aria-hidden="true">{marks[kind]} </span>
              {text}
            </span>
          ))}
        </pre>
      </div>
    </Panel>
  )
}
