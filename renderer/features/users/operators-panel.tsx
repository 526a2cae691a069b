import { Contact, Pencil, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactRow, OperatorRow } from '#protocol/session.ts'
import { useList } from '../../app/collection.ts'
import { usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { date } from '../../format/instant.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { ContactDialog, contactState } from './contact-dialog.tsx'
import { ContactSearch } from './contact-search.tsx'
import { OperatorForm } from './operator-form.tsx'

/** Shutting someone out or letting them in again: names who it is and what follows. */
const Admission = ({ row, onClose }: { readonly row: OperatorRow; readonly onClose: () => void }) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const kind = row.disabled ? 'enable' : 'disable'
  const { operator, name, roles } = row
  return (
    <Confirm
      open
      look={row.disabled ? 'primary' : 'danger'}
      title={t(`operators.${kind}Title`)}
      description={t(`operators.${kind}Text`)}
      action={t(`operators.${kind}`)}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        const params = { operator, name, roles: [...roles], disabled: !row.disabled }
        void submit('session.changeOperator', params, t(`operators.${kind}Done`, { name }))
      }}
    >
      <p className="rounded-md bg-raised px-3 py-2 font-bold">
        {name}
        <span className="ml-2 font-mono font-normal text-muted">{operator}</span>
        <span className="block font-normal text-muted">{roles.map((role) => common(`role.${role}`)).join('、')}</span>
      </p>
      <p className="mt-3 text-muted">{t(`operators.${kind}Effect`)}</p>
    </Confirm>
  )
}

export const OperatorsPanel = () => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const [open, setOpen] = useState<OperatorRow | 'new' | null>(null)
  const [admission, setAdmission] = useState<OperatorRow | null>(null)
  const [contactOf, setContactOf] = useState<OperatorRow | null>(null)
  const [found, setFound] = useState<readonly string[] | null>(null)
  const list = useList<OperatorRow>('session.operators', { descending: false })
  const contacts = useList<ContactRow>('session.contacts', { descending: false }).rows
  const contact = (operator: string): ContactRow | undefined => contacts.find((row) => row.operator === operator)
  const maySearch = usePermitted('sealed.search')
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
    {
      id: 'contact',
      title: t('contact.column'),
      cell: (row) => (
        <Button
          small
          look="quiet"
          icon={<Contact size={14} aria-hidden="true" />}
          aria-label={t('contact.openDialog', {
            name: row.name,
            state: t(`contact.state.${contactState(contact(row.operator))}`),
          })}
          onClick={() => setContactOf(row)}
        >
          {t(`contact.state.${contactState(contact(row.operator))}`)}
        </Button>
      ),
    },
    { id: 'since', title: t('operators.since'), right: true, cell: (row) => date(row.since) },
    {
      id: 'actions',
      title: <span className="sr-only">{t('operators.change')}</span>,
      right: true,
      cell: (row) => (
        <span className="inline-flex items-center gap-1">
          <Button
            small
            aria-label={t(row.disabled ? 'operators.enableOf' : 'operators.disableOf', { name: row.name })}
            onClick={() => setAdmission(row)}
          >
            {t(row.disabled ? 'operators.enable' : 'operators.disable')}
          </Button>
          <IconButton label={t('operators.changeOf', { name: row.name })} onClick={() => setOpen(row)}>
            <Pencil size={16} aria-hidden="true" />
          </IconButton>
        </span>
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
      {maySearch && contacts.length > 0 && <ContactSearch found={found} onFound={setFound} />}
      <ListBody list={list} empty={t('operators.none')}>
        {(rows) => (
          <DataTable
            label={t('operators.title')}
            columns={columns}
            rows={found === null ? rows : rows.filter(({ operator }) => found.includes(operator))}
            rowKey={(row) => row.operator}
            muted={(row) => row.disabled}
          />
        )}
      </ListBody>
      {admission && <Admission row={admission} onClose={() => setAdmission(null)} />}
      {contactOf && (
        <ContactDialog person={contactOf} contact={contact(contactOf.operator)} onClose={() => setContactOf(null)} />
      )}
      {open && <OperatorForm row={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </Panel>
  )
}
