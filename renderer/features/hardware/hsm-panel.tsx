import { HardDrive } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Module } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/states/state.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { TokenPart } from './token-part.tsx'

/** Vendors' libraries and the tokens that each of them sees. */
export const HsmPanel = ({ modules }: { readonly modules: readonly Module[] }) => {
  const { t } = useTranslation('hardware')
  const add = () =>
    void act(
      () => desktop.hardware.addModule({}),
      () => t('hsm.added'),
    )
  return (
    <Panel title={t('hsm.title')} padded={false} actions={<Button onClick={add}>{t('hsm.add')}</Button>}>
      {modules.length === 0 && (
        <State icon={HardDrive} title={t('hsm.none')}>
          {t('hsm.noneHint')}
        </State>
      )}
      {modules.map((module) => (
        <ModulePart key={module.id} module={module} />
      ))}
    </Panel>
  )
}

const ModulePart = ({ module }: { readonly module: Module }) => {
  const { t } = useTranslation('hardware')
  const { id, file, state, failure, tokens } = module
  const remove = () =>
    void act(
      () => desktop.hardware.removeModule({ id }),
      () => t('hsm.removed'),
    )
  const name = file.split(/[\\/]/).at(-1) ?? file
  return (
    <section aria-label={name} className="border-line border-t">
      <div className="flex items-center gap-3 px-4 py-2">
        <h3 className="min-w-0 flex-1 break-all font-mono text-muted">{file}</h3>
        <Button small look="quiet" onClick={remove}>
          {t('hsm.removeModule')}
        </Button>
      </div>
      {state === 'looking' && <Loading rows={1} />}
      {failure !== null && <Failed failure={failure} onRetry={() => void act(() => desktop.hardware.refresh({}))} />}
      {state === 'ready' && tokens.length === 0 && <p className="px-4 pb-3 text-muted">{t('hsm.noTokens')}</p>}
      {tokens.map((token) => (
        <TokenPart key={`${token.slot} ${token.serial}`} module={id} token={token} />
      ))}
    </section>
  )
}
