import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { replacePlace } from '../../app/navigation.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'

type Act = 'startOver' | 'revokeByFile' | 'keyring' | 'hardware' | 'restore' | 'unlock' | 'passphrase' | 'revoke'

/** Each situation's steps, and what leads to doing them. */
const situations = {
  cardBackup: [['hardware'], ['revokeByFile'], ['keyring'], ['hardware']],
  card: [['revokeByFile'], ['keyring'], ['hardware'], []],
  passphrase: [['unlock'], ['startOver'], ['restore', 'revokeByFile'], ['hardware']],
  machine: [[], ['restore'], ['passphrase'], ['revoke'], []],
  compromised: [['revoke', 'revokeByFile'], ['keyring'], [], ['keyring'], []],
} as const satisfies Readonly<Record<string, readonly (readonly Act[])[]>>
type Situation = keyof typeof situations
const kinds = Object.keys(situations) as Situation[]

/** 鍵またはカードをなくしたとき: what becomes unreadable, and what to do, in plain words. */
export const LostView = ({ vault }: { readonly vault: VaultState }) => {
  const { t } = useTranslation('hardware')
  const [kind, setKind] = useState<Situation>('cardBackup')
  return (
    <Panel title={t('lost.title')}>
      <p className="mb-3 max-w-160 text-muted">{t('lost.intro')}</p>
      <fieldset className="mb-4 flex flex-col gap-1">
        <legend className="mb-1 font-bold">{t('lost.situation')}</legend>
        {kinds.map((it) => (
          <label key={it} className="flex items-center gap-2 py-0.5">
            <input
              type="radio"
              name="situation"
              className="size-4 accent-accent-fill"
              checked={kind === it}
              onChange={() => setKind(it)}
            />
            {t(`lost.kind.${it}`)}
          </label>
        ))}
      </fieldset>
      <section aria-label={t(`lost.kind.${kind}`)} className="rounded-lg border border-line-strong p-4">
        <h3 className="font-bold">{t('lost.unreadable')}</h3>
        <p className="mb-4 max-w-160">{t(`lost.${kind}.unreadable`)}</p>
        <h3 className="mb-1 font-bold">{t('lost.steps')}</h3>
        <ol className="flex list-decimal flex-col gap-3 pl-6">
          {situations[kind].map((acts, at) => {
            const step = t(`lost.${kind}.${at + 1}` as 'lost.card.1')
            return (
              <li key={step} className="max-w-160">
                {step}
                {acts.length > 0 && (
                  <div className="mt-1 flex flex-wrap gap-2">
                    {acts.map((it) => (
                      <ActButton key={it} act={it} vault={vault} />
                    ))}
                  </div>
                )}
              </li>
            )
          })}
        </ol>
      </section>
    </Panel>
  )
}

const go = (tab: string) => () => replacePlace({ page: 'keys', key: null, search: `tab=${tab}` })
const needOpen: ReadonlySet<Act> = new Set(['revokeByFile', 'passphrase'])

const ActButton = ({ act: which, vault }: { readonly act: Act; readonly vault: VaultState }) => {
  const { t } = useTranslation('hardware')
  const { t: keys } = useTranslation('keys')
  const locked = vault.state !== 'unlocked'
  // An open vault is neither opened nor left behind.
  if (!locked && (which === 'unlock' || which === 'startOver')) return null
  const acts: Readonly<Record<Act, () => void>> = {
    revokeByFile: () =>
      void act(
        () => desktop.keys.revokeByFile({}),
        () => t('lost.revoked'),
      ),
    keyring: go('keyring'),
    revoke: go('keyring'),
    hardware: go('hardware'),
    restore: () => void act(() => desktop.keys.restore({})),
    startOver: () => void act(() => desktop.keys.startOver({})),
    unlock: () => void act(() => desktop.keys.unlock({})),
    passphrase: () =>
      void act(
        () => desktop.keys.changePassphrase({}),
        () => keys('passphraseChanged'),
      ),
  }
  const closed = locked && needOpen.has(which)
  return (
    <>
      <Button small disabled={closed} onClick={acts[which]}>
        {t(`lost.act.${which}`)}
      </Button>
      {closed && <span className="self-center text-faint">{t('lost.needsUnlock')}</span>}
    </>
  )
}
