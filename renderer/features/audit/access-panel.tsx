import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type AccessKind, type AccessRow, accessKinds, storeReader } from '#protocol/access.ts'
import { useList } from '../../app/collection.ts'
import { usePermitted } from '../../app/streams.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { MultiSelect } from '../../ui/multi-select.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { NotPermitted } from '../../ui/states/states.tsx'
import { Status, type Tone } from '../../ui/status.tsx'

const tones: Readonly<Record<AccessKind, Tone>> = {
  entries: 'off',
  bundle: 'off',
  export: 'off',
  sealed: 'warning',
  rewrap: 'warning',
  message: 'warning',
  keys: 'warning',
  refused: 'bad',
}

/** Who is no operator. */
const namedReaders = {
  anonymous: 'access.anonymous',
  '*': 'access.others',
  [storeReader]: 'access.storeReader',
} as const

/** アクセス記録: who read what where it matters, refusals included. */
export const AccessPanel = () => {
  const { t } = useTranslation('audit')
  const { t: errors } = useTranslation('errors')
  const may = usePermitted('log.read')
  const [kinds, setKinds] = useState<readonly AccessKind[]>([])
  const where = kinds.length === 0 ? {} : { kind: [...kinds] }
  const list = useList<AccessRow>('access.records', { sort: 'at', limit: 200, where })
  /** The code of a refusal reads as its message. */
  const detailOf = ({ kind, detail }: AccessRow): string =>
    kind === 'refused'
      ? errors(`${detail}.what` as 'internal.unexpected.what', { defaultValue: detail })
      : kind === 'export'
        ? t(`access.exported.${detail}` as 'access.exported.events', { defaultValue: detail })
        : detail
  const columns: readonly Column<AccessRow>[] = [
    { id: 'at', title: t('access.at'), cell: (row) => <span className="figure">{dateTime(row.at)}</span> },
    {
      id: 'operator',
      title: t('access.operator'),
      cell: (row) => (
        <span className="font-mono">
          {row.operator in namedReaders ? t(namedReaders[row.operator as keyof typeof namedReaders]) : row.operator}
        </span>
      ),
    },
    {
      id: 'kind',
      title: t('access.kind'),
      cell: (row) => <Status tone={tones[row.kind]}>{t(`access.kinds.${row.kind}`)}</Status>,
    },
    {
      id: 'detail',
      title: t('access.detail'),
      cell: (row) => (
        <>
          {detailOf(row)}
          {row.reason !== '' && <span className="block text-muted">{row.reason}</span>}
        </>
      ),
    },
    { id: 'count', title: t('access.count'), right: true, cell: (row) => integer(row.count) },
  ]
  if (!may) return <NotPermitted />
  return (
    <Panel
      title={t('access.title')}
      padded={false}
      actions={
        <MultiSelect
          label={t('access.kind')}
          options={accessKinds.map((value) => ({ value, label: t(`access.kinds.${value}`) }))}
          chosen={kinds}
          onChange={setKinds}
        />
      }
    >
      <p className="px-4 pb-3 text-muted">{t('access.hint')}</p>
      <ListBody list={list} empty={t('access.none')}>
        {(rows) => <DataTable label={t('access.title')} columns={columns} rows={rows} rowKey={(row) => row.key} />}
      </ListBody>
    </Panel>
  )
}
