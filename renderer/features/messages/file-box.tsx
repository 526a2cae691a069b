import { FilePlus2, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ChosenFile, filePurposes } from '#protocol/messages.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { bytes, joined } from '../../format/number.ts'
import { Button, IconButton } from '../../ui/button.tsx'

interface FileBoxProps {
  readonly purpose: (typeof filePurposes)[number]
  readonly files: readonly ChosenFile[]
  readonly onChange: (files: readonly ChosenFile[]) => void
}

const most = 200

/** Files that main's dialog chose; the page knows their names alone. */
export const FileBox = ({ purpose, files, onChange }: FileBoxProps) => {
  const { t } = useTranslation('messages')
  const choose = async (): Promise<void> => {
    const chosen = await act(() => desktop.messages.chooseFiles({ purpose }))
    if (chosen !== null) onChange([...files, ...chosen.files].slice(0, most))
  }
  return (
    <div className="flex flex-col gap-2">
      {files.length === 0 ? (
        <p className="text-muted">{t(`filesNone.${purpose}`)}</p>
      ) : (
        <ul aria-label={t('files')} className="flex max-h-64 flex-col overflow-y-auto">
          {files.map((it) => (
            <li key={it.token} className="flex items-center gap-3">
              <span className="min-w-0 flex-1 truncate" title={it.name}>
                {it.name}
              </span>
              <span className="figure text-muted">{joined(bytes(it.size))}</span>
              <IconButton
                label={t('removeFile', { name: it.name })}
                onClick={() => onChange(files.filter((one) => one.token !== it.token))}
              >
                <X size={16} aria-hidden="true" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button icon={<FilePlus2 size={16} aria-hidden="true" />} onClick={() => void choose()}>
          {t('chooseFiles')}
        </Button>
      </div>
    </div>
  )
}
