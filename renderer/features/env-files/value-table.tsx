import { Eye, EyeOff, Pencil, Trash2, Undo2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { EnvSheet } from '#protocol/env-files.ts'
import { IconButton } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Tag } from '../../ui/status.tsx'
import { type EnvRow, rowsOf } from './sheet.ts'

interface ValueTableProps {
  readonly sheet: EnvSheet
  readonly search: string
  readonly shown: ReadonlyMap<string, string>
  readonly onShow: (name: string) => void
  readonly onHide: (name: string) => void
  readonly onEdit: (name: string) => void
  readonly onRemove: (name: string) => void
  readonly onRevert: (name: string) => void
}

/** Names, and values on request. */
export const ValueTable = (props: ValueTableProps) => {
  const { t } = useTranslation('envFiles')
  const { sheet, search, shown } = props
  const rows = rowsOf(sheet, search)
  const columns: readonly Column<EnvRow>[] = [
    {
      id: 'name',
      title: t('name'),
      cell: ({ name, change }) => (
        <span className="flex flex-wrap items-center gap-2">
          <span className={change === 'removed' ? 'font-mono break-all line-through' : 'font-mono break-all'}>
            {name}
          </span>
          {change !== null && <Tag strong={change !== 'removed'}>{t(`change.${change}`)}</Tag>}
        </span>
      ),
    },
    { id: 'value', title: t('value'), className: 'w-1/2', cell: ({ name }) => <Value value={shown.get(name)} /> },
    { id: 'actions', title: t('actions'), right: true, cell: (row) => <RowActions row={row} {...props} /> },
  ]
  if (rows.length === 0) return <p className="px-4 pb-3 text-muted">{t(search === '' ? 'none' : 'noneFound')}</p>
  return <DataTable label={t('values')} columns={columns} rows={rows} rowKey={({ name }) => name} />
}

export const Value = ({ value }: { readonly value: string | undefined }) => {
  const { t } = useTranslation('envFiles')
  if (value === undefined) return <span className="text-faint">{t('hidden')}</span>
  if (value === '') return <span className="text-muted">{t('empty')}</span>
  return <span className="font-mono break-all whitespace-pre-wrap select-text">{value}</span>
}

const RowActions = ({ row: { name, change }, ...props }: ValueTableProps & { readonly row: EnvRow }) => {
  const { t } = useTranslation('envFiles')
  const revert = change !== null && change !== 'added' && (
    <IconButton label={t('revertName', { name })} onClick={() => props.onRevert(name)}>
      <Undo2 size={16} aria-hidden="true" />
    </IconButton>
  )
  if (change === 'removed') return revert
  return (
    <span className="inline-flex">
      {revert}
      {props.shown.has(name) ? (
        <IconButton label={t('hideName', { name })} onClick={() => props.onHide(name)}>
          <EyeOff size={16} aria-hidden="true" />
        </IconButton>
      ) : (
        <IconButton label={t('showName', { name })} onClick={() => props.onShow(name)}>
          <Eye size={16} aria-hidden="true" />
        </IconButton>
      )}
      <IconButton label={t('editName', { name })} onClick={() => props.onEdit(name)}>
        <Pencil size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('removeName', { name })} onClick={() => props.onRemove(name)}>
        <Trash2 size={16} aria-hidden="true" />
      </IconButton>
    </span>
  )
}
