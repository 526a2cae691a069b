import { KeyRound, LockKeyhole } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { State } from '../../ui/states/state.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { act } from './act.ts'
import { KeyringView } from './keyring-view.tsx'
import { useVault } from './use-keys.ts'

/** 鍵: the vault, closed or open. */
export const KeysPage = () => {
  const { t: common } = useTranslation()
  const vault = useVault()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="mx-auto flex max-w-5xl flex-col gap-3">
        {vault?.state !== 'unlocked' && <h1 className="font-bold text-[20px]">{common('page.keys')}</h1>}
        {vault === null ? (
          <Loading rows={6} />
        ) : vault.state === 'unlocked' ? (
          <KeyringView vault={vault} />
        ) : (
          <Closed vault={vault} />
        )}
      </div>
    </div>
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
