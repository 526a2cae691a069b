import { DatabaseBackup, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ImportResult, KeyEntry, Keyring, VaultState } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { EntryDialog } from './entry-dialog.tsx'
import { EntryTable } from './entry-table.tsx'
import { ImportMenu, ImportResultDialog } from './import-dialogs.tsx'
import { matches } from './key-text.ts'
import { LockSettings } from './lock-settings.tsx'
import { useKeyring } from './use-keys.ts'

const Warnings = ({ keyring, vault }: { readonly keyring: Keyring; readonly vault: VaultState }) => {
  const { t } = useTranslation('keys')
  const { backupAt, unsavedSince } = keyring
  const text =
    unsavedSince === null ? null : backupAt === null ? t('backupNever') : t('backupOld', { at: dateTime(backupAt) })
  return (
    <>
      {vault.setAside !== null && (
        <p role="status" className="rounded-md border border-warning px-3 py-2 text-warning">
          {t('setAside', { name: vault.setAside })}
        </p>
      )}
      {keyring.ocb === 'stock' && (
        <p role="status" className="rounded-md border border-warning px-3 py-2 text-warning">
          {t('ocbStock')}
        </p>
      )}
      {text !== null && (
        <p role="status" className="rounded-md border border-warning px-3 py-2 text-warning">
          {text}
        </p>
      )}
    </>
  )
}

/** The open vault: one's own identities, the certificates of others, and what can be done. */
export const KeyringView = ({ vault }: { readonly vault: VaultState }) => {
  const { t } = useTranslation('keys')
  const keyring = useKeyring()
  const [search, setSearch] = useState('')
  const [creating, setCreating] = useState(false)
  const [shown, setShown] = useState<string | null>(null)
  const [result, setResult] = useState<ImportResult | null>(null)
  const entry = keyring?.entries.find(({ id }) => id === shown) ?? null
  const found = (keyring?.entries ?? []).filter((it) => matches(it, search))
  const group = (own: boolean): readonly KeyEntry[] => found.filter((it) => it.own === own)
  const backup = () =>
    void act(
      () => desktop.keys.backup({}),
      ({ file }) => t('backupDone', { file }),
    )
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <div className="flex min-w-72 flex-1">
          <SearchInput label={t('search')} value={search} onSearch={setSearch} />
        </div>
        <span className="flex-1" />
        <Button look="primary" icon={<Plus size={16} aria-hidden="true" />} onClick={() => setCreating(true)}>
          {t('create')}
        </Button>
        <ImportMenu onResult={setResult} />
        <Button icon={<DatabaseBackup size={16} aria-hidden="true" />} onClick={backup}>
          {t('backup')}
        </Button>
      </div>
      {keyring === null ? (
        <Loading rows={6} />
      ) : (
        <>
          <Warnings keyring={keyring} vault={vault} />
          <EntryTable
            title={t('own')}
            entries={group(true)}
            none={search === '' ? t('ownNone') : t('noMatch')}
            onOpen={setShown}
          />
          <EntryTable
            title={t('others')}
            entries={group(false)}
            none={search === '' ? t('othersNone') : t('noMatch')}
            onOpen={setShown}
          />
          <LockSettings />
        </>
      )}
      {creating && <CreateDialog onClose={() => setCreating(false)} onCreated={setShown} />}
      {entry !== null && <EntryDialog entry={entry} onClose={() => setShown(null)} />}
      {result !== null && <ImportResultDialog result={result} onClose={() => setResult(null)} />}
    </>
  )
}
