import { Plus, Save } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EnvSheet } from '#protocol/env-files.ts'
import type { Failure } from '#protocol/errors.ts'
import type { Keyring } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { showToast } from '../../app/toasts.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { Failed } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { ReadersPanel } from './readers-panel.tsx'
import { SaveDialog } from './save-dialog.tsx'
import { isUnsaved } from './sheet.ts'
import { ValueDialog } from './value-dialog.tsx'
import { ValueTable } from './value-table.tsx'

interface SheetViewProps {
  readonly sheet: EnvSheet
  readonly keyring: Keyring
  readonly onClose: () => void
}

const nothingShown: ReadonlyMap<string, string> = new Map()

/** One open file. Values are here only where a person asked for them. */
export const SheetView = ({ sheet, keyring, onClose }: SheetViewProps) => {
  const { t } = useTranslation('envFiles')
  const { session } = sheet
  const [search, setSearch] = useState('')
  const [shown, setShown] = useState(nothingShown)
  /** The name whose value is being typed; empty for a new one. */
  const [edited, setEdited] = useState<string | null>(null)
  const [saving, setSaving] = useState(false)
  const [leaving, setLeaving] = useState<'close' | 'reopen' | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const unsaved = isUnsaved(sheet)

  const hide = (name: string): void => setShown((now) => new Map([...now].filter(([it]) => it !== name)))
  const show = async (name: string): Promise<void> => {
    const found = await act(() => desktop.envFiles.value({ session, name, side: 'after' }))
    if (found !== null) setShown((now) => new Map([...now, [name, found.value]]))
  }
  const change = (name: string, what: 'unset' | 'revert'): void => {
    hide(name)
    void act(() => desktop.envFiles[what]({ session, name }))
  }
  const save = async (dropStrangers: boolean): Promise<void> => {
    setSaving(false)
    setFailure(null)
    try {
      await desktop.envFiles.save({ session, dropStrangers })
      showToast({ tone: 'ok', title: t('saved', { file: sheet.file }) })
    } catch (thrown) {
      setFailure(failureIn(thrown))
    }
  }
  const reopen = async (): Promise<void> => {
    setShown(nothingShown)
    if ((await act(() => desktop.envFiles.reopen({ session }))) !== null) setFailure(null)
  }
  const leave = (how: 'close' | 'reopen'): void => {
    setLeaving(null)
    if (how === 'close') onClose()
    else void reopen()
  }
  const mayLeave = (how: 'close' | 'reopen'): void => (unsaved ? setLeaving(how) : leave(how))

  return (
    <>
      <Panel
        title={sheet.file}
        wraps
        padded={false}
        note={unsaved && <Status tone="warning">{t('unsaved')}</Status>}
        actions={
          <>
            <Button onClick={() => mayLeave('close')}>{t('close')}</Button>
            {!sheet.fresh && <Button onClick={() => mayLeave('reopen')}>{t('reopen')}</Button>}
            <Button look="primary" icon={<Save size={16} aria-hidden="true" />} onClick={() => setSaving(true)}>
              {t('save')}
            </Button>
          </>
        }
      >
        {failure !== null && (
          <div className="mb-3 border-line border-y py-3">
            <Failed failure={failure} />
            {failure.code === 'env.changed' && (
              <p className="text-center">
                <Button onClick={() => mayLeave('reopen')}>{t('reopenChanged')}</Button>
              </p>
            )}
          </div>
        )}
        <div className="flex flex-wrap gap-2 px-4 pb-3">
          <SearchInput label={t('search')} value={search} onSearch={setSearch} />
          <Button icon={<Plus size={16} aria-hidden="true" />} onClick={() => setEdited('')}>
            {t('add')}
          </Button>
        </div>
        <ValueTable
          sheet={sheet}
          search={search}
          shown={shown}
          onShow={(name) => void show(name)}
          onHide={hide}
          onEdit={setEdited}
          onRemove={(name) => change(name, 'unset')}
          onRevert={(name) => change(name, 'revert')}
        />
        <p className="border-line border-t px-4 py-2 text-muted">{t('memoryOnly')}</p>
      </Panel>
      <ReadersPanel sheet={sheet} keyring={keyring} />
      {edited !== null && (
        <ValueDialog
          sheet={sheet}
          name={edited}
          present={shown.get(edited) ?? ''}
          onDone={hide}
          onClose={() => setEdited(null)}
        />
      )}
      {saving && <SaveDialog sheet={sheet} onSave={(drop) => void save(drop)} onClose={() => setSaving(false)} />}
      <Confirm
        open={leaving !== null}
        title={t('leaveTitle')}
        description={t('leaveText', { file: sheet.file })}
        action={t(leaving === 'reopen' ? 'leaveReopen' : 'leaveClose')}
        onCancel={() => setLeaving(null)}
        onConfirm={() => leaving !== null && leave(leaving)}
      >
        {null}
      </Confirm>
    </>
  )
}
