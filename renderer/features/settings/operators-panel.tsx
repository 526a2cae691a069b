import { Pencil, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Role } from '#protocol/permission.ts'
import type { OperatorRow } from '#protocol/session.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { roleList } from '../../app/vocabulary.ts'
import { date } from '../../format/instant.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag } from '../../ui/status.tsx'

interface FormProps {
  /** null registers a new one. */
  readonly row: OperatorRow | null
  readonly onClose: () => void
}

const idPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/

const OperatorForm = ({ row, onClose }: FormProps) => {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const [operator, setOperator] = useState<string>(row?.operator ?? '')
  const [name, setName] = useState(row?.name ?? '')
  const [roles, setRoles] = useState<readonly Role[]>(row?.roles ?? ['operator'])
  const [disabled, setDisabled] = useState(row?.disabled ?? false)
  const [tried, setTried] = useState(false)
  const idFine = idPattern.test(operator)
  const nameFine = name.trim() !== ''
  const save = (): void => {
    setTried(true)
    if (!idFine || !nameFine) return
    onClose()
    const person = { operator, name: name.trim(), roles: [...roles] }
    if (row === null) void submit('session.registerOperator', person, t('operators.registered', { name: person.name }))
    else void submit('session.changeOperator', { ...person, disabled }, t('operators.changed', { name: person.name }))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(row === null ? 'operators.register' : 'operators.change')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={save}>
            {t(row === null ? 'operators.registerAction' : 'operators.changeAction')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field
          label={t('operators.id')}
          hint={t('operators.idHint')}
          error={tried && !idFine ? t('operators.idWrong') : null}
        >
          {(ids) => (
            <TextInput
              {...ids}
              value={operator}
              disabled={row !== null}
              maxLength={63}
              onChange={(event) => setOperator(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('operators.name')} error={tried && !nameFine ? t('operators.nameWrong') : null}>
          {(ids) => (
            <TextInput {...ids} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1 font-bold">{t('operators.roles')}</legend>
          {roleList.map((role) => (
            <Checkbox
              key={role}
              checked={roles.includes(role)}
              onChange={(event) =>
                setRoles(roleList.filter((it) => (it === role ? event.target.checked : roles.includes(it))))
              }
            >
              {common(`role.${role}`)}
            </Checkbox>
          ))}
        </fieldset>
        {row !== null && (
          <Checkbox checked={disabled} onChange={(event) => setDisabled(event.target.checked)}>
            {t('operators.disable')}
          </Checkbox>
        )}
      </div>
    </Dialog>
  )
}

export const OperatorsPanel = () => {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const [open, setOpen] = useState<OperatorRow | 'new' | null>(null)
  const list = useList<OperatorRow>('session.operators', { descending: false })
  const columns: readonly Column<OperatorRow>[] = [
    { id: 'name', title: t('operators.name'), cell: (row) => <span className="font-bold">{row.name}</span> },
    { id: 'id', title: t('operators.id'), cell: (row) => <span className="font-mono text-muted">{row.operator}</span> },
    {
      id: 'roles',
      title: t('operators.roles'),
      cell: (row) => (
        <span className="flex flex-wrap gap-1">
          {row.roles.map((role) => (
            <Tag key={role}>{common(`role.${role}`)}</Tag>
          ))}
        </span>
      ),
    },
    {
      id: 'state',
      title: t('operators.state'),
      cell: (row) => (
        <Status tone={row.disabled ? 'off' : 'ok'}>
          {t(row.disabled ? 'operators.disabled' : 'operators.enabled')}
        </Status>
      ),
    },
    { id: 'since', title: t('operators.since'), right: true, cell: (row) => date(row.since) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('operators.change')}</span>,
      right: true,
      cell: (row) => (
        <IconButton label={t('operators.changeOf', { name: row.name })} onClick={() => setOpen(row)}>
          <Pencil size={16} aria-hidden="true" />
        </IconButton>
      ),
    },
  ]
  return (
    <Panel
      title={t('operators.title')}
      padded={false}
      actions={
        <Button small icon={<UserPlus size={14} aria-hidden="true" />} onClick={() => setOpen('new')}>
          {t('operators.register')}
        </Button>
      }
    >
      <ListBody list={list} empty={t('operators.none')}>
        {(rows) => (
          <DataTable
            label={t('operators.title')}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.operator}
            muted={(row) => row.disabled}
          />
        )}
      </ListBody>
      {open && <OperatorForm row={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Panel>
  )
}
