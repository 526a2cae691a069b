import { KeyRound, Lock, LockKeyhole } from 'lucide-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { Button } from '../../ui/button.tsx'
import { State } from '../../ui/states/state.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { type KeysTab, keysTabs, tabNamed } from './tabs.ts'
import { useVault } from './use-keys.ts'

/** As chosen last in this window: who comes back to the page finds it as it was. */
let lastTab: KeysTab = 'keyring'

/** 鍵: the vault, closed or open, in tabs. */
export const KeysPage = () => {
  const { t } = useTranslation('keys')
  const { t: common } = useTranslation()
  const vault = useVault()
  const { search } = useLocation()
  const chosen = tabNamed(new URLSearchParams(search).get('tab')) ?? lastTab
  lastTab = chosen
  const entry = keysTabs.find(({ tab }) => tab === chosen)
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="max-w-5xl">
        <Tabs
          label={t('tabs')}
          value={chosen}
          tabs={keysTabs.map(({ tab, icon }) => ({ value: tab, label: t(`tab.${tab}`), icon }))}
          onChange={(tab) => replacePlace({ page: 'keys', key: null, search: `tab=${tab}` })}
          before={<h1 className="self-center font-bold text-[20px]">{common('page.keys')}</h1>}
          after={vault?.state === 'unlocked' && <LockButton />}
        >
          {vault === null || entry === undefined ? (
            <Loading rows={6} />
          ) : vault.state === 'unlocked' || entry.whileLocked ? (
            <Suspense fallback={<Loading rows={6} />}>
              <entry.content vault={vault} />
            </Suspense>
          ) : (
            <Closed vault={vault} />
          )}
        </Tabs>
      </div>
    </div>
  )
}

const LockButton = () => {
  const { t } = useTranslation('keys')
  return (
    <Button
      className="mb-1.5"
      icon={<Lock size={16} aria-hidden="true" />}
      onClick={() => void act(() => desktop.keys.lock({}))}
    >
      {t('lock')}
    </Button>
  )
}

const Closed = ({ vault }: { readonly vault: VaultState }) => {
  const { t } = useTranslation('keys')
  const restore = <Button onClick={() => void act(() => desktop.keys.restore({}))}>{t('restore')}</Button>
  const unlock = (
    <Button look="primary" onClick={() => void act(() => desktop.keys.unlock({}))}>
      {t('unlock')}
    </Button>
  )
  return (
    <section className="rounded-lg border border-line bg-surface py-8">
      {vault.failure !== null && <Failed failure={vault.failure} />}
      {vault.state === 'absent' && (
        <State
          icon={KeyRound}
          title={t('state.absent')}
          action={
            <span className="flex gap-2">
              <Button look="primary" onClick={() => void act(() => desktop.keys.setUp({}))}>
                {t('setUp')}
              </Button>
              {restore}
            </span>
          }
        >
          {t('state.absentHint')}
        </State>
      )}
      {(vault.state === 'locked' || vault.state === 'failed') && (
        <State
          icon={LockKeyhole}
          title={t('state.locked')}
          action={
            <span className="flex gap-2">
              {unlock}
              {vault.failure?.code === 'vault.unreadable' && restore}
            </span>
          }
        >
          {t('state.lockedHint')}
        </State>
      )}
      {vault.state === 'opening' && (
        <State icon={LockKeyhole} title={t('state.opening')}>
          {t('state.openingHint')}
        </State>
      )}
      {vault.state === 'locking' && <State icon={LockKeyhole} title={t('state.locking')} />}
    </section>
  )
}
