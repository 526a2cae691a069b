import { useTranslation } from 'react-i18next'
import type { EnvSheet } from '#protocol/env-files.ts'
import type { Keyring } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { stateTone } from '../keys/key-text.ts'
import { joining, leaving } from './sheet.ts'

interface ReadersPanelProps {
  readonly sheet: EnvSheet
  readonly keyring: Keyring
}

/** Who will be able to open the file, and what follows from it. */
export const ReadersPanel = ({ sheet, keyring }: ReadersPanelProps) => {
  const { t } = useTranslation('envFiles')
  const { t: keys } = useTranslation('keys')
  const ids = sheet.readers.map(({ id }) => id)
  const fresh = new Set(joining(sheet).map(({ id }) => id))
  const others = keyring.entries.filter(({ id }) => !ids.includes(id))
  const set = (readers: readonly string[]): void =>
    void act(() => desktop.envFiles.setReaders({ session: sheet.session, readers: [...readers] }))
  return (
    <Panel title={t('readers')}>
      <ul aria-label={t('readers')} className="flex flex-col">
        {sheet.readers.map((it) => (
          <li key={it.id} className="flex flex-wrap items-center gap-2 border-line border-b py-1.5">
            <span className="font-bold">{it.name}</span>
            <span className="break-all text-muted">{it.email}</span>
            {it.version !== null && <Tag>{keys('version', { version: it.version })}</Tag>}
            {it.own && <Tag>{t('own')}</Tag>}
            {it.state !== 'valid' && <Status tone={stateTone[it.state]}>{keys(`keyState.${it.state}`)}</Status>}
            {!it.encrypts && it.state === 'valid' && <Status tone="bad">{t('noKey')}</Status>}
            {!it.confirmed && <Status tone="warning">{keys('unconfirmed')}</Status>}
            {fresh.has(it.id) && <Tag strong>{t('change.added')}</Tag>}
            <span className="flex-1" />
            <Button
              small
              aria-label={t('dropReader', { name: it.name })}
              onClick={() => set(ids.filter((one) => one !== it.id))}
            >
              {t('drop')}
            </Button>
          </li>
        ))}
        {leaving(sheet).map((it) => (
          <li key={it.id} className="flex flex-wrap items-center gap-2 border-line border-b py-1.5 text-muted">
            <span className="line-through">{it.name}</span>
            <Tag>{t('change.removed')}</Tag>
            <span className="flex-1" />
            <Button small aria-label={t('keepReader', { name: it.name })} onClick={() => set([...ids, it.id])}>
              {t('undo')}
            </Button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <Select
          className="mt-3 w-full max-w-md"
          aria-label={t('addReader')}
          value=""
          onChange={(it) => set([...ids, it.target.value])}
        >
          <option value="">{t('addReader')}</option>
          {others.map(({ id, name, email }) => (
            <option key={id} value={id}>
              {name}　{email}
            </option>
          ))}
        </Select>
      )}
      <ReaderWarnings sheet={sheet} />
    </Panel>
  )
}

export const ReaderWarnings = ({ sheet }: { readonly sheet: EnvSheet }) => {
  const { t } = useTranslation('envFiles')
  const gone = leaving(sheet)
  const { readers, strangers, forGnupg } = sheet
  return (
    <div className="mt-3 flex flex-col gap-2" aria-live="polite">
      {readers.length === 0 && <Warning title={t('noReader')} text={t('noReaderHint')} />}
      {readers.length > 0 && !readers.some(({ own }) => own) && <Warning title={t('noOwn')} text={t('noOwnHint')} />}
      {readers.length > 0 && !forGnupg && <Warning title={t('noGnupg')} text={t('noGnupgHint')} />}
      {strangers > 0 && <Warning title={t('strangers', { count: strangers })} text={t('strangersHint')} />}
      {gone.length > 0 && (
        <Warning title={t('leaving', { names: gone.map(({ name }) => name).join(t('and')) })} text={t('leavingHint')} />
      )}
    </div>
  )
}

const Warning = ({ title, text }: { readonly title: string; readonly text: string }) => (
  <div>
    <span className="inline-block font-bold text-warning">{title}</span>
    <p className="text-muted">{text}</p>
  </div>
)
