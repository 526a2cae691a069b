import { FlaskConical, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { demoKey } from '#protocol/deployment-keys.ts'
import type { KnownDeployment } from '#protocol/deployments.ts'
import { openDemo, useDeployments } from '../../app/deployments.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { sayFailure } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { Button } from '../../ui/button.tsx'
import { ColourMark } from '../../ui/colour-mark.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { DeploymentCard } from './deployment-card.tsx'
import { DeploymentForm } from './deployment-form.tsx'

const Removal = ({ known, onClose }: { readonly known: KnownDeployment; readonly onClose: () => void }) => {
  const { t } = useTranslation('deployments')
  const [busy, setBusy] = useState(false)
  const demo = known.key === demoKey
  const remove = async (): Promise<void> => {
    setBusy(true)
    try {
      await desktop.deployments.remove({ key: known.key })
      showToast({ tone: 'ok', title: t('remove.done', { name: known.name }) })
    } catch (thrown) {
      sayFailure(failureIn(thrown), t('remove.failed'))
    }
    onClose()
  }
  return (
    <Confirm
      open
      busy={busy}
      title={t(demo ? 'demo.removeTitle' : 'remove.title')}
      description={t(demo ? 'demo.removeText' : 'remove.text')}
      action={t(demo ? 'demo.removeAction' : 'remove.action')}
      onCancel={onClose}
      onConfirm={() => void remove()}
    >
      <p className="flex items-center gap-2 rounded-md bg-raised px-3 py-2 font-bold">
        <ColourMark colour={known.colour} />
        {known.name}
        <span className="truncate font-mono font-normal text-muted">{known.addresses[0]?.url}</span>
      </p>
      <p className="mt-3 text-muted">{t(demo ? 'demo.removeEffects' : 'remove.effects')}</p>
      {known.pendingCommands > 0 && (
        <p className="mt-2 font-bold text-warning">{t('remove.pending', { count: known.pendingCommands })}</p>
      )}
    </Confirm>
  )
}

/** Makes the demo and shows it in this window. */
const OpenDemo = () => {
  const { t } = useTranslation('deployments')
  const [busy, setBusy] = useState(false)
  const open = async (): Promise<void> => {
    setBusy(true)
    await openDemo()
    setBusy(false)
  }
  return (
    <Button
      small
      icon={<FlaskConical size={14} aria-hidden="true" />}
      disabled={busy}
      title={t('demo.note')}
      onClick={() => void open()}
    >
      {t(busy ? 'demo.opening' : 'demo.open')}
    </Button>
  )
}

/** Every deployment that this machine connects to. */
export const DeploymentsPanel = () => {
  const { t } = useTranslation('deployments')
  const list = useDeployments()
  const [editing, setEditing] = useState<KnownDeployment | 'new' | null>(null)
  const [removing, setRemoving] = useState<KnownDeployment | null>(null)
  return (
    <Panel
      title={t('title')}
      note={t('note')}
      padded={false}
      actions={
        <>
          {list?.known.some(({ key }) => key === demoKey) === false && <OpenDemo />}
          <Button small icon={<Plus size={14} aria-hidden="true" />} onClick={() => setEditing('new')}>
            {t('add.open')}
          </Button>
        </>
      }
    >
      {list === null ? (
        <Loading />
      ) : (
        list.known.map((known) => (
          <DeploymentCard
            key={known.key}
            known={known}
            shown={known.key === list.shown}
            onEdit={() => setEditing(known)}
            onRemove={() => setRemoving(known)}
          />
        ))
      )}
      {editing && <DeploymentForm known={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {removing && <Removal known={removing} onClose={() => setRemoving(null)} />}
    </Panel>
  )
}
