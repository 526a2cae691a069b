import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EnvChange, EnvSheet } from '#protocol/env-files.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { ReaderWarnings } from './readers-panel.tsx'
import { isUsable } from './sheet.ts'
import { Value } from './value-table.tsx'

interface SaveDialogProps {
  readonly sheet: EnvSheet
  readonly onSave: (dropStrangers: boolean) => void
  readonly onClose: () => void
}

/** What will be written and for whom, before it is. */
export const SaveDialog = ({ sheet, onSave, onClose }: SaveDialogProps) => {
  const { t } = useTranslation('envFiles')
  const { t: common } = useTranslation()
  const [drop, setDrop] = useState(false)
  const { changes, readers, session, strangers } = sheet
  const unusable = readers.filter((it) => !isUsable(it))
  const ready = readers.length > 0 && unusable.length === 0 && (strangers === 0 || drop)
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('saveTitle', { file: sheet.file })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={!ready} onClick={() => onSave(drop)}>
            {t('saveAction')}
          </Button>
        </>
      }
    >
      <h3 className="font-bold">{t('changes')}</h3>
      {changes.length === 0 && <p className="text-muted">{t('noChanges')}</p>}
      <ul aria-label={t('changes')} className="flex flex-col">
        {changes.map((it) => (
          <ChangeLine key={it.name} session={session} {...it} />
        ))}
      </ul>
      <h3 className="mt-4 font-bold">{t('readers')}</h3>
      <p>{readers.map(({ name }) => name).join(t('and'))}</p>
      {unusable.length > 0 && (
        <Status tone="bad">{t('unusable', { names: unusable.map(({ name }) => name).join(t('and')) })}</Status>
      )}
      <ReaderWarnings sheet={sheet} />
      {strangers > 0 && (
        <Checkbox className="mt-2" checked={drop} onChange={(it) => setDrop(it.target.checked)}>
          {t('dropStrangers')}
        </Checkbox>
      )}
    </Dialog>
  )
}

const ChangeLine = ({ session, name, change }: EnvChange & { readonly session: string }) => {
  const { t } = useTranslation('envFiles')
  const [values, setValues] = useState<readonly [string | null, string | null] | null>(null)
  const one = async (side: 'before' | 'after'): Promise<string> =>
    (await desktop.envFiles.value({ session, name, side })).value
  const show = async (): Promise<void> => {
    const both = await act(() =>
      Promise.all([change === 'added' ? null : one('before'), change === 'removed' ? null : one('after')]),
    )
    if (both !== null) setValues(both)
  }
  return (
    <li className="border-line border-b py-1.5">
      <span className="flex items-center gap-2">
        <Tag strong={change !== 'removed'}>{t(`change.${change}`)}</Tag>
        <span className="min-w-0 flex-1 font-mono break-all">{name}</span>
        <Button
          small
          aria-label={t(values === null ? 'showName' : 'hideName', { name })}
          onClick={() => (values === null ? void show() : setValues(null))}
        >
          {t(values === null ? 'show' : 'hide')}
        </Button>
      </span>
      {values !== null && (
        <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3">
          {values.map(
            (value, at) =>
              value !== null && (
                <div key={at === 0 ? 'before' : 'after'} className="contents">
                  <dt className="text-muted">{t(at === 0 ? 'before' : 'after')}</dt>
                  <dd>
                    <Value value={value} />
                  </dd>
                </div>
              ),
          )}
        </dl>
      )}
    </li>
  )
}
