import { AppWindow, Fingerprint, KeyRound, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { demoKey } from '#protocol/deployment-keys.ts'
import type { KnownDeployment, OperatorKey } from '#protocol/deployments.ts'
import type { LinkState } from '#protocol/desktop.ts'
import { linkTones } from '../../app/connection.tsx'
import { showDeployment } from '../../app/deployments.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useFailureText } from '../../app/failure-text.ts'
import { sayFailure } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ColourMark } from '../../ui/colour-mark.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { AddressFacts } from './certificate-facts.tsx'
import { KeyDialog } from './key-dialog.tsx'

/** Runs what main asks about in its own windows; a cancelled one says nothing. */
const attempt = async (work: () => Promise<unknown>, done: string, failed: string): Promise<void> => {
  try {
    await work()
    showToast({ tone: 'ok', title: done })
  } catch (thrown) {
    const failure = failureIn(thrown)
    if (!['deployments.cancelled', 'vault.declined'].includes(failure.code)) sayFailure(failure, failed)
  }
}

const Refusal = ({ failure }: { readonly failure: NonNullable<KnownDeployment['link']['failure']> }) => {
  const text = useFailureText(failure)
  return (
    <p role="alert" className="my-2 rounded-md border border-major px-3 py-2">
      <span className="block break-words font-bold text-major">{text.what}</span>
      <span className="block">{text.todo}</span>
    </p>
  )
}

interface CardProps {
  readonly known: KnownDeployment
  readonly shown: boolean
  readonly onEdit: () => void
  readonly onRemove: () => void
}

export const DeploymentCard = ({ known, shown, onEdit, onRemove }: CardProps) => {
  const { t } = useTranslation('deployments')
  const { t: shell } = useTranslation('shell')
  const { key, name, embedded, link } = known
  const state = link.state as LinkState
  const demo = key === demoKey
  const review = (address: string): Promise<void> =>
    attempt(
      () => desktop.deployments.reviewCertificate({ key, address }),
      t('certificate.reviewed'),
      t('certificate.failed'),
    )
  const renew = (): Promise<void> =>
    attempt(
      () => desktop.deployments.renewCredential({ key, method: 'token', operatorKey: null }),
      t('token.renewed'),
      t('token.failed'),
    )
  const [choosing, setChoosing] = useState(false)
  const byKey = (operatorKey: OperatorKey): Promise<void> =>
    attempt(
      () => desktop.deployments.renewCredential({ key, method: 'key', operatorKey: { ...operatorKey } }),
      t('key.done'),
      t('key.failed'),
    )
  return (
    <article aria-label={name} className="border-line border-t px-4 py-3 first:border-t-0">
      <header className="flex items-center gap-2.5">
        <ColourMark colour={known.colour} />
        <h3 className="min-w-0 truncate font-bold text-[15px]">{name}</h3>
        {embedded && !demo && <Tag>{shell('embedded')}</Tag>}
        {demo && <Tag strong>{t('demo.tag')}</Tag>}
        {shown && <Tag strong>{t('shown')}</Tag>}
        <Status tone={linkTones[state] ?? 'off'}>{shell(`connection.${state}`)}</Status>
        <span className="flex-1" />
        {!shown && (
          <Button small aria-label={t('showNamed', { name })} onClick={() => void showDeployment(key)}>
            {t('showIt')}
          </Button>
        )}
        <IconButton
          label={t('newWindowNamed', { name })}
          onClick={() => void desktop.deployments.openWindow({ key }).catch(() => {})}
        >
          <AppWindow size={16} aria-hidden="true" />
        </IconButton>
        {!demo && (
          <IconButton label={t('edit.openNamed', { name })} onClick={onEdit}>
            <Pencil size={16} aria-hidden="true" />
          </IconButton>
        )}
        {(!embedded || demo) && (
          <IconButton label={t('remove.openNamed', { name })} onClick={onRemove}>
            <Trash2 size={16} aria-hidden="true" />
          </IconButton>
        )}
      </header>
      {demo && <p className="mt-1 text-muted">{t('demo.note')}</p>}
      {link.failure && (state === 'stopped' || state === 'idle') && <Refusal failure={link.failure} />}
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-muted">
        {known.deployment !== '' && (
          <>
            <dt>{t('fact.deployment')}</dt>
            <dd className="selectable font-mono">{known.deployment}</dd>
          </>
        )}
        {known.logKey !== '' && (
          <>
            <dt>{t('fact.logKey')}</dt>
            <dd className="selectable break-all font-mono">{known.logKey}</dd>
          </>
        )}
        {!embedded && (
          <>
            <dt className="self-center">{t(known.operatorKey === null ? 'fact.token' : 'fact.signIn')}</dt>
            <dd className="flex flex-wrap items-center gap-x-3 gap-y-1">
              {known.operatorKey === null ? (
                t(`credential.${known.credential}`)
              ) : (
                <span>
                  {t('credential.key', { operator: known.operatorKey.operator })}
                  <span className="ml-2 font-mono">…{known.operatorKey.fingerprint.slice(-16).toUpperCase()}</span>
                </span>
              )}
              <Button small icon={<Fingerprint size={14} aria-hidden="true" />} onClick={() => setChoosing(true)}>
                {t('key.open')}
              </Button>
              <Button small icon={<KeyRound size={14} aria-hidden="true" />} onClick={() => void renew()}>
                {t('token.renew')}
              </Button>
            </dd>
          </>
        )}
        {known.pendingCommands > 0 && (
          <>
            <dt>{t('fact.pending')}</dt>
            <dd>{known.pendingCommands}</dd>
          </>
        )}
      </dl>
      {choosing && <KeyDialog known={known} onClose={() => setChoosing(false)} onChosen={(it) => void byKey(it)} />}
      {known.addresses.length > 0 && (
        <ul className="mt-2">
          {known.addresses.map((address) => (
            <AddressFacts
              key={address.url}
              address={address}
              current={link.address === address.url && state === 'live'}
              onReview={() => void review(address.url)}
            />
          ))}
        </ul>
      )}
    </article>
  )
}
