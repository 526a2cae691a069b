import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PolicyVersionRow } from '#protocol/policy.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status } from '../../ui/status.tsx'
import { DiffView } from './diff-view.tsx'

/** 履歴: every set that has been in force, and what any two of them differ in. @param versions the newest first */
export const History = ({ versions }: { readonly versions: readonly PolicyVersionRow[] }) => {
  const { t } = useTranslation('policy')
  const actorName = useActorName()
  const [newest, previous] = versions
  const [from, setFrom] = useState((previous ?? newest)?.version)
  const [to, setTo] = useState(newest?.version)
  const of = (version: number | undefined) => versions.find((one) => one.version === version)
  const [before, after] = [of(from), of(to)]
  const chosen = [
    ['compareFrom', from, setFrom],
    ['compareTo', to, setTo],
  ] as const
  return (
    <>
      <Panel title={t('history.title')} padded={false}>
        <DataTable
          label={t('history.title')}
          rows={versions}
          rowKey={({ version }) => String(version)}
          columns={[
            {
              id: 'version',
              title: t('history.version'),
              cell: (row) => (
                <span className="flex items-center gap-3 whitespace-nowrap">
                  {t('version', { version: row.version })}
                  {row === newest && <Status tone="ok">{t('history.inForce')}</Status>}
                </span>
              ),
            },
            { id: 'at', title: t('history.at'), cell: (row) => <span className="figure">{dateTime(row.at)}</span> },
            { id: 'by', title: t('history.by'), cell: (row) => (row.seed ? t('seeded') : actorName(row.by)) },
            { id: 'note', title: t('history.note'), cell: (row) => row.note ?? '' },
            {
              id: 'hash',
              title: t('hash'),
              cell: (row) => <span className="font-mono text-[12px] select-text">{row.hash.slice(0, 12)}…</span>,
            },
          ]}
        />
      </Panel>
      {versions.length > 1 && before && after && (
        <Panel title={t('diff.between', { before: before.version, after: after.version })}>
          <div className="mb-3 flex gap-3">
            {chosen.map(([label, value, choose]) => (
              <Field key={label} label={t(`history.${label}`)}>
                {(ids) => (
                  <Select
                    {...ids}
                    className="w-44"
                    value={value}
                    onChange={(event) => choose(Number(event.target.value))}
                  >
                    {versions.map(({ version }) => (
                      <option key={version} value={version}>
                        {t('version', { version })}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            ))}
          </div>
          <DiffView
            label={t('diff.between', { before: before.version, after: after.version })}
            before={before.text}
            after={after.text}
          />
        </Panel>
      )}
    </>
  )
}
