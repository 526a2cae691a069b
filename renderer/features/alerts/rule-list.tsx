import { BellOff, BellRing, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RuleRow } from '#protocol/alerts.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { duration } from '../../format/duration.ts'
import { shortly } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Explained } from '../../ui/explained.tsx'
import { SeverityMark } from '../../ui/severity.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Switch } from '../../ui/switch.tsx'
import { useMetricName } from './metric-names.ts'
import { draftOf, paramsOf } from './rule-draft.ts'
import { RuleForm } from './rule-form.tsx'
import { SilenceDialog } from './silence-dialog.tsx'
import { useSilences } from './use-silences.ts'

/** A condition in words. */
const Condition = ({ row }: { readonly row: RuleRow }) => {
  const { t } = useTranslation('alerts')
  const locale = useLocale()
  const metricName = useMetricName()
  const { condition } = row
  const lasting = duration(locale, condition.forSeconds * 1_000)
  if (condition.kind === 'silence') return <>{t('rules.silent', { for: lasting })}</>
  const atOnce = condition.forSeconds === 0
  const above = atOnce ? 'rules.aboveAtOnce' : 'rules.above'
  const below = atOnce ? 'rules.belowAtOnce' : 'rules.below'
  const direction = condition.above ? above : below
  return <>{t(direction, { metric: metricName(condition.metric), threshold: condition.threshold, for: lasting })}</>
}

type Change = Partial<Pick<RuleRow, 'watching' | 'notifying'>>

interface ToggleProps {
  readonly row: RuleRow
  readonly field: 'watching' | 'notifying'
  readonly onChange: (row: RuleRow, change: Change) => void
}

const Toggle = ({ row, field, onChange }: ToggleProps) => {
  const { t } = useTranslation('alerts')
  const permitted = usePermitted('alerts.configure')
  if (useReadsOnly())
    return <Status tone={row[field] ? 'ok' : 'off'}>{t(row[field] ? 'rules.on' : 'rules.off')}</Status>
  return (
    <Switch
      label={t(field === 'watching' ? 'rules.watchOf' : 'rules.notifyOf', { name: row.name })}
      checked={row[field]}
      disabled={!permitted}
      onChange={(checked) => onChange(row, { [field]: checked })}
    />
  )
}

interface Handlers {
  readonly onEdit: (row: RuleRow) => void
  readonly onRemove: (row: RuleRow) => void
  readonly onSilence: (row: RuleRow) => void
}

const Silence = ({ row, onSilence }: { readonly row: RuleRow } & Pick<Handlers, 'onSilence'>) => {
  const { t } = useTranslation('alerts')
  const now = useNow()
  const permitted = usePermitted('alerts.operate')
  const silence = useSilences().get(row.rule)
  const readsOnly = useReadsOnly()
  if (silence === undefined) {
    if (readsOnly) return null
    return (
      <Button
        small
        look="quiet"
        disabled={!permitted}
        icon={<BellOff size={14} aria-hidden="true" />}
        onClick={() => onSilence(row)}
      >
        {t('silence.action')}
      </Button>
    )
  }
  return (
    <span className="flex items-center gap-2 whitespace-nowrap">
      <Tag>{t('silence.untilAt', { at: shortly(silence.until, now) })}</Tag>
      {!readsOnly && (
        <Button
          small
          look="quiet"
          disabled={!permitted}
          icon={<BellRing size={14} aria-hidden="true" />}
          onClick={() => void submit('alerts.liftSilence', { rule: row.rule }, t('silence.lifted', { name: row.name }))}
        >
          {t('silence.lift')}
        </Button>
      )}
    </span>
  )
}

const Actions = ({ row, onEdit, onRemove }: { readonly row: RuleRow } & Pick<Handlers, 'onEdit' | 'onRemove'>) => {
  const { t } = useTranslation('alerts')
  const permitted = usePermitted('alerts.configure')
  const hindrance = permitted ? (row.builtIn ? t('rules.builtInKept') : null) : t('notPermitted')
  if (useReadsOnly()) return null
  return (
    <span className="flex justify-end gap-1">
      <IconButton label={t('rules.editOf', { name: row.name })} disabled={!permitted} onClick={() => onEdit(row)}>
        <Pencil size={16} aria-hidden="true" />
      </IconButton>
      <Explained reason={hindrance}>
        <IconButton
          label={t('rules.removeOf', { name: row.name })}
          aria-disabled={hindrance !== null}
          onClick={() => hindrance === null && onRemove(row)}
        >
          <Trash2 size={16} aria-hidden="true" />
        </IconButton>
      </Explained>
    </span>
  )
}

const useColumns = (handlers: Handlers, onChange: ToggleProps['onChange']): readonly Column<RuleRow>[] => {
  const { t } = useTranslation('alerts')
  return [
    { id: 'severity', title: t('column.severity'), cell: (row) => <SeverityMark severity={row.severity} /> },
    {
      id: 'name',
      title: t('column.rule'),
      cell: (row) => (
        <span className="flex items-center gap-2">
          <span className="whitespace-nowrap font-bold">{row.name}</span>
          {row.builtIn && <Tag>{t('rules.builtIn')}</Tag>}
        </span>
      ),
    },
    { id: 'condition', title: t('rules.condition'), cell: (row) => <Condition row={row} /> },
    {
      id: 'watching',
      title: t('rules.watching'),
      cell: (row) => <Toggle row={row} field="watching" onChange={onChange} />,
    },
    {
      id: 'notifying',
      title: t('rules.notifying'),
      cell: (row) => <Toggle row={row} field="notifying" onChange={onChange} />,
    },
    { id: 'silence', title: t('rules.silence'), cell: (row) => <Silence row={row} onSilence={handlers.onSilence} /> },
    {
      id: 'actions',
      title: <span className="sr-only">{t('column.actions')}</span>,
      cell: (row) => <Actions row={row} {...handlers} />,
    },
  ]
}

/** What is watched; 監視 and 通知 are two switches. */
export const RuleList = () => {
  const { t } = useTranslation('alerts')
  const [editing, edit] = useState<RuleRow | 'new' | null>(null)
  const [removing, remove] = useState<RuleRow | null>(null)
  const [silencing, silence] = useState<RuleRow | null>(null)
  const permitted = usePermitted('alerts.configure')
  const readsOnly = useReadsOnly()
  const list = useList<RuleRow>('alerts.rules', { descending: false })
  const change = (row: RuleRow, part: Change): void =>
    void submit('alerts.saveRule', paramsOf({ ...draftOf(row), ...part }), t('form.done', { name: row.name }))
  const columns = useColumns({ onEdit: edit, onRemove: remove, onSilence: silence }, change)
  return (
    <>
      <div className="flex items-center gap-4">
        <p className="text-muted">{t('rules.hint')}</p>
        {!readsOnly && (
          <Button
            className="ml-auto"
            look="primary"
            disabled={!permitted}
            icon={<Plus size={16} aria-hidden="true" />}
            onClick={() => edit('new')}
          >
            {t('form.create')}
          </Button>
        )}
      </div>
      <div className="rounded-lg border border-line bg-surface">
        <ListBody list={list} empty={t('rules.none')} emptyHint={t('rules.noneHint')}>
          {(rows) => <DataTable label={t('rules.title')} columns={columns} rows={rows} rowKey={(row) => row.rule} />}
        </ListBody>
      </div>
      {editing && <RuleForm row={editing === 'new' ? null : editing} onClose={() => edit(null)} />}
      {silencing && <SilenceDialog rule={silencing.rule} name={silencing.name} onClose={() => silence(null)} />}
      {removing && (
        <Confirm
          open
          title={t('rules.removeTitle')}
          description={t('rules.removeText')}
          action={t('rules.remove')}
          onCancel={() => remove(null)}
          onConfirm={() => {
            remove(null)
            void submit('alerts.removeRule', { rule: removing.rule }, t('rules.removed', { name: removing.name }))
          }}
        >
          <p className="rounded-md bg-raised px-3 py-2 font-bold">{removing.name}</p>
          <p className="mt-3 text-muted">{t('rules.removeEffect')}</p>
        </Confirm>
      )}
    </>
  )
}
