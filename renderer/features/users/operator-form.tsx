import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Role } from '#protocol/permission.ts'
import type { OperatorRow } from '#protocol/session.ts'
import { submit } from '../../app/submit.ts'
import { roleList } from '../../app/vocabulary.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, TextInput } from '../../ui/field.tsx'

interface FormProps {
  /** null registers a new one. */
  readonly row: OperatorRow | null
  readonly onClose: () => void
}

const idPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/

/** Registers someone, or changes name and roles; a change names what it brings before it is sent. */
export const OperatorForm = ({ row, onClose }: FormProps) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const [operator, setOperator] = useState<string>(row?.operator ?? '')
  const [name, setName] = useState(row?.name ?? '')
  const [roles, setRoles] = useState<readonly Role[]>(row?.roles ?? ['operator'])
  const [tried, setTried] = useState(false)
  const idFine = idPattern.test(operator)
  const nameFine = name.trim() !== ''
  const changes = roleList.filter((role) => roles.includes(role) !== row?.roles.includes(role))
  const save = (): void => {
    setTried(true)
    if (!idFine || !nameFine) return
    onClose()
    const person = { operator, name: name.trim(), roles: [...roles] }
    if (row === null) void submit('session.registerOperator', person, t('operators.registered', { name: person.name }))
    else
      void submit(
        'session.changeOperator',
        { ...person, disabled: row.disabled },
        t('operators.changed', { name: person.name }),
      )
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
        {row !== null && changes.length > 0 && (
          <p className="rounded-md bg-raised px-3 py-2 text-muted">{t('operators.rolesEffect')}</p>
        )}
      </div>
    </Dialog>
  )
}
