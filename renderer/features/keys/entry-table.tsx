import { useTranslation } from 'react-i18next'
import type { KeyEntry } from '#protocol/keys.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { stateTone } from './key-text.ts'

interface EntryTableProps {
  readonly title: string
  readonly entries: readonly KeyEntry[]
  readonly none: string
  readonly onOpen: (id: string) => void
}

export const EntryTable = ({ title, entries, none, onOpen }: EntryTableProps) => {
  const { t } = useTranslation('keys')
  const columns: readonly Column<KeyEntry>[] = [
    {
      id: 'name',
      title: t('column.name'),
      cell: ({ name, email }) => (
        <span className="block min-w-0">
          <span className="block font-bold">{name}</span>
          <span className="block text-muted">{email}</span>
        </span>
      ),
    },
    {
      id: 'kind',
      title: t('column.kind'),
      cell: ({ certificates }) => (
        <span className="flex flex-wrap gap-1">
          {certificates.map(({ fingerprint, version, parts }) => (
            <Tag key={fingerprint}>
              {t('version', { version })} {parts[0]?.algorithm}
            </Tag>
          ))}
        </span>
      ),
    },
    {
      id: 'state',
      title: t('column.state'),
      cell: ({ state }) => <Status tone={stateTone[state]}>{t(`keyState.${state}`)}</Status>,
    },
    {
      id: 'confirmed',
      title: t('column.confirmed'),
      cell: ({ own, certificates }) =>
        own ? null : certificates.every(({ confirmedAt }) => confirmedAt !== null) ? (
          <Status tone="ok">{t('confirmed')}</Status>
        ) : (
          <Status tone="warning">{t('unconfirmed')}</Status>
        ),
    },
    {
      id: 'ends',
      title: t('column.ends'),
      right: true,
      cell: ({ expiresAt }) => (expiresAt === null ? t('noEnd') : date(expiresAt)),
    },
    {
      id: 'details',
      title: <span className="sr-only">{t('column.details')}</span>,
      right: true,
      cell: ({ id, name }) => (
        <Button small aria-label={t('detailsOf', { name })} onClick={() => onOpen(id)}>
          {t('column.details')}
        </Button>
      ),
    },
  ]
  return (
    <Panel title={title} padded={false}>
      {entries.length === 0 ? (
        <Empty title={none} />
      ) : (
        <DataTable
          label={title}
          columns={columns}
          rows={entries}
          rowKey={({ id }) => id}
          muted={({ state }) => state === 'revoked'}
        />
      )}
    </Panel>
  )
}
