import { FileLock2, FilePlus2, FolderOpen } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { State } from '../../ui/states/state.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { useKeyring } from '../keys/use-keys.ts'
import { SheetView } from './sheet-view.tsx'
import { useEnvFile } from './use-env-file.ts'

/** 設定ファイル: an encrypted file of settings at a time. What it holds stays in the vault's process. */
export const EnvFilesTab = () => {
  const { t } = useTranslation('envFiles')
  const keyring = useKeyring()
  const { sheet, start, close } = useEnvFile()
  if (keyring === null) return <Loading rows={6} />
  if (sheet !== null) return <SheetView key={sheet.session} sheet={sheet} keyring={keyring} onClose={close} />
  return (
    <section className="rounded-lg border border-line bg-surface py-8">
      <State
        icon={FileLock2}
        title={t('start')}
        action={
          <span className="flex gap-2">
            <Button look="primary" icon={<FolderOpen size={16} aria-hidden="true" />} onClick={() => start('open')}>
              {t('open')}
            </Button>
            <Button icon={<FilePlus2 size={16} aria-hidden="true" />} onClick={() => start('create')}>
              {t('create')}
            </Button>
          </span>
        }
      >
        {t('startHint')}
      </State>
    </section>
  )
}
