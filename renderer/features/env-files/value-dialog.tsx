import { clsx } from 'clsx'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type EnvSheet, longestValue } from '#protocol/env-files.ts'
import type { Failure } from '#protocol/errors.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, TextArea, TextInput } from '../../ui/field.tsx'
import { Failed } from '../../ui/states/states.tsx'

interface ValueDialogProps {
  readonly sheet: EnvSheet
  /** Empty for a new one. */
  readonly name: string
  /** The value where it is shown; else a new one is typed. */
  readonly present: string
  readonly onDone: (name: string) => void
  readonly onClose: () => void
}

/** Types the value of one name, unseen unless wanted. */
export const ValueDialog = ({ sheet, name, present, onDone, onClose }: ValueDialogProps) => {
  const { t } = useTranslation('envFiles')
  const { t: common } = useTranslation()
  const isNew = name === ''
  const [typedName, setTypedName] = useState('')
  const [value, setValue] = useState(present)
  const [visible, setVisible] = useState(present !== '')
  const [failure, setFailure] = useState<Failure | null>(null)
  const taken = isNew && sheet.names.includes(typedName)
  const save = async (): Promise<void> => {
    try {
      const target = isNew ? typedName : name
      await desktop.envFiles.set({ session: sheet.session, name: target, value })
      onDone(target)
      onClose()
    } catch (thrown) {
      setFailure(failureIn(thrown))
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={isNew ? t('addTitle') : t('editTitle', { name })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={taken || (isNew && typedName === '')} onClick={() => void save()}>
            {t('apply')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {isNew && (
          <Field label={t('name')} hint={t('nameHint')} error={taken ? t('nameTaken') : null}>
            {(ids) => (
              <TextInput
                {...ids}
                className="font-mono"
                maxLength={200}
                value={typedName}
                onChange={(it) => setTypedName(it.target.value)}
              />
            )}
          </Field>
        )}
        <Field label={t('value')} hint={isNew || present !== '' ? t('valueHint') : t('valueNewHint')}>
          {(ids) => (
            <TextArea
              {...ids}
              rows={4}
              spellCheck={false}
              autoComplete="off"
              maxLength={longestValue}
              className={clsx('font-mono', !visible && '[-webkit-text-security:disc]')}
              value={value}
              onChange={(it) => setValue(it.target.value)}
            />
          )}
        </Field>
        <Checkbox checked={visible} onChange={(it) => setVisible(it.target.checked)}>
          {t('showTyped')}
        </Checkbox>
        {failure !== null && <Failed failure={failure} />}
      </div>
    </Dialog>
  )
}
