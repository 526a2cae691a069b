import { Download } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { GnupgKey, ImportResult } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, TextArea } from '../../ui/field.tsx'
import { Popover } from '../../ui/popover.tsx'
import { Empty, Loading } from '../../ui/states/states.tsx'
import { Status, Tag } from '../../ui/status.tsx'

interface ResultProps {
  readonly onResult: (result: ImportResult) => void
}

/** Ways in: a file, the clipboard's text, GnuPG. */
export const ImportMenu = ({ onResult }: ResultProps) => {
  const { t } = useTranslation('keys')
  const [open, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'paste' | 'gnupg' | null>(null)
  const choose = (next: 'paste' | 'gnupg'): void => {
    setOpen(false)
    setDialog(next)
  }
  const fromFile = async (): Promise<void> => {
    setOpen(false)
    const result = await act(() => desktop.keys.importFile({}))
    if (result !== null) onResult(result)
  }
  const close = () => setDialog(null)
  return (
    <>
      <Popover
        label={t('import')}
        open={open}
        onOpenChange={setOpen}
        trigger={<Button icon={<Download size={16} aria-hidden="true" />}>{t('import')}</Button>}
      >
        <div className="flex flex-col gap-1">
          <Button look="quiet" onClick={() => void fromFile()}>
            {t('importFile')}
          </Button>
          <Button look="quiet" onClick={() => choose('paste')}>
            {t('importText')}
          </Button>
          <Button look="quiet" onClick={() => choose('gnupg')}>
            {t('importGnupg')}
          </Button>
        </div>
      </Popover>
      {dialog === 'paste' && <PasteDialog onResult={onResult} onClose={close} />}
      {dialog === 'gnupg' && <GnupgDialog onResult={onResult} onClose={close} />}
    </>
  )
}

interface DialogProps extends ResultProps {
  readonly onClose: () => void
}

interface TakeDialogProps extends DialogProps {
  readonly title: string
  readonly ready: boolean
  readonly take: () => ReturnType<typeof desktop.keys.importText>
  readonly children: ReactNode
}

/** Takes in what it lets one choose, closes and shows what came of it. */
const TakeDialog = ({ title, ready, take, children, onResult, onClose }: TakeDialogProps) => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  const run = async (): Promise<void> => {
    const result = await act(take)
    if (result === null) return
    onClose()
    onResult(result)
  }
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={!ready} onClick={() => void run()}>
            {t('import')}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}

const PasteDialog = ({ onResult, onClose }: DialogProps) => {
  const { t } = useTranslation('keys')
  const [text, setText] = useState('')
  return (
    <TakeDialog
      title={t('paste.title')}
      ready={text.trim() !== ''}
      take={() => desktop.keys.importText({ text })}
      onResult={onResult}
      onClose={onClose}
    >
      <Field label={t('paste.field')}>
        {(ids) => (
          <TextArea
            {...ids}
            rows={10}
            className="font-mono"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
    </TakeDialog>
  )
}

const GnupgDialog = ({ onResult, onClose }: DialogProps) => {
  const { t } = useTranslation('keys')
  const [keys, setKeys] = useState<readonly GnupgKey[] | null>(null)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [secret, setSecret] = useState(false)
  useEffect(() => {
    void act(() => desktop.keys.gnupgKeys({})).then((found) => setKeys(found?.keys ?? []))
  }, [])
  const offered = (keys ?? []).filter((it) => !secret || it.secret)
  const fingerprints = chosen.filter((it) => offered.some(({ fingerprint }) => fingerprint === it))
  return (
    <TakeDialog
      title={t('gnupg.title')}
      ready={fingerprints.length > 0}
      take={() => desktop.keys.importGnupg({ fingerprints: [...fingerprints], secret })}
      onResult={onResult}
      onClose={onClose}
    >
      {keys === null ? (
        <Loading rows={4} />
      ) : keys.length === 0 ? (
        <Empty title={t('gnupg.none')} />
      ) : (
        <div className="flex flex-col gap-2">
          <Checkbox checked={secret} onChange={(event) => setSecret(event.target.checked)}>
            {t('gnupg.secret')}
          </Checkbox>
          <ul className="flex max-h-80 flex-col gap-1 overflow-y-auto">
            {offered.map((it) => (
              <li key={it.fingerprint}>
                <Checkbox
                  checked={chosen.includes(it.fingerprint)}
                  onChange={(event) =>
                    setChosen((now) =>
                      event.target.checked ? [...now, it.fingerprint] : now.filter((one) => one !== it.fingerprint),
                    )
                  }
                >
                  {it.userId} <span className="font-mono text-muted">{it.fingerprint.slice(-16).toUpperCase()}</span>{' '}
                  {it.secret && <Tag>{t('gnupg.hasSecret')}</Tag>} {it.known && <Tag>{t('gnupg.known')}</Tag>}
                </Checkbox>
              </li>
            ))}
          </ul>
        </div>
      )}
    </TakeDialog>
  )
}

const tones = { added: 'ok', merged: 'ok', unchanged: 'off', refused: 'bad' } as const

export const ImportResultDialog = ({
  result,
  onClose,
}: {
  readonly result: ImportResult
  readonly onClose: () => void
}) => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('result.title')}
      footer={<Button onClick={onClose}>{common('action.close')}</Button>}
    >
      <ul className="flex flex-col gap-2">
        {result.items.map((item) => (
          <li key={item.fingerprint} className="flex flex-col">
            <span className="flex flex-wrap items-center gap-2">
              <Status tone={tones[item.outcome]}>{t(`result.${item.outcome}`)}</Status>
              <span>{item.name}</span>
            </span>
            <span className="break-all font-mono text-muted">{item.fingerprint.toUpperCase()}</span>
            {item.failure !== null && <Refusal failure={item.failure} />}
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

const Refusal = ({ failure }: { readonly failure: NonNullable<ImportResult['items'][number]['failure']> }) => {
  const text = useFailureText(failure)
  return (
    <span className="text-major">
      {text.what}　{text.todo}
    </span>
  )
}
