import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DeploymentKey } from '#protocol/deployments.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import type { ErrorCode, Failure } from '#protocol/errors.ts'
import { duration } from '../format/duration.ts'
import { dateTime } from '../format/instant.ts'
import { useLocale } from '../i18n/i18n.ts'
import { Button } from '../ui/button.tsx'
import { StatusShape, type Tone } from '../ui/status.tsx'
import { useNow } from './clock.ts'
import { secondsUntil } from './connection.tsx'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { useFailureText } from './failure-text.ts'
import { isHistoryFailure } from './history.ts'
import { goTo } from './navigation.ts'
import { sayFailure } from './submit.ts'

const skewShownMs = 120_000
/** A short break at start or a quick reconnection is no news. */
const offlineShownMs = 3_000

interface BannerProps {
  readonly tone: Tone
  readonly children: ReactNode
  readonly action?: ReactNode
}

const Banner = ({ tone, children, action }: BannerProps) => (
  <div role="status" className="flex items-center gap-3 border-line border-b bg-raised px-5 py-2">
    <StatusShape tone={tone} />
    <p className="min-w-0 flex-1">{children}</p>
    {action}
  </div>
)

/** What a person has to settle at 接続先 before trying again can help. */
const atDeployments: Partial<Record<ErrorCode, 'review' | 'token' | 'key'>> = {
  'link.certificate-changed': 'review',
  'link.certificate-untrusted': 'review',
  'deployments.credential-missing': 'token',
  'session.token-wrong': 'token',
  'session.certificate-unknown': 'key',
  'session.certificate-revoked': 'key',
  'session.certificate-expired': 'key',
}

/** What a new session settles, where one's own OpenPGP key lets in. */
const signsInAnew: ReadonlySet<ErrorCode> = new Set(['session.key-needed', 'session.expired', 'session.ended'])

const SignInButton = ({ deployment, label }: { readonly deployment: DeploymentKey; readonly label: string }) => {
  const [busy, setBusy] = useState(false)
  const signIn = async (): Promise<void> => {
    setBusy(true)
    try {
      await desktop.deployments.signIn({ key: deployment })
    } catch (thrown) {
      const failure = failureIn(thrown)
      if (failure.code !== 'vault.declined') sayFailure(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button small disabled={busy} onClick={() => void signIn()}>
      {label}
    </Button>
  )
}

interface WayOutProps {
  readonly code: ErrorCode | undefined
  readonly deployment: DeploymentKey
}

const WayOut = ({ code, deployment }: WayOutProps) => {
  const { t } = useTranslation('shell')
  if (code && signsInAnew.has(code)) return <SignInButton deployment={deployment} label={t('signIn.byKey')} />
  const settled = code && atDeployments[code]
  if (settled === undefined) {
    return (
      <Button small onClick={() => void desktop.app.reconnect({})}>
        {t('connection.now')}
      </Button>
    )
  }
  return (
    <Button small onClick={() => goTo({ page: 'settings', key: null, search: 'part=deployments' })}>
      {t(`failure.${settled}`)}
    </Button>
  )
}

type OfflineProps = Pick<DesktopState, 'link'> & { readonly deployment: DeploymentKey }

const OfflineBanner = ({ link, deployment }: OfflineProps) => {
  const { t } = useTranslation('shell')
  const now = useNow()
  const reason = useFailureText(link.failure ?? { code: 'link.offline', params: {} })
  const away = link.state === 'waiting' || link.state === 'stopped' || link.state === 'idle'
  if (!away || (now - link.since < offlineShownMs && link.state !== 'stopped')) return null
  return (
    <Banner
      tone={link.state === 'stopped' ? 'bad' : 'warning'}
      action={<WayOut code={link.failure?.code} deployment={deployment} />}
    >
      <span className="font-bold">{t('connection.offlineSince', { at: dateTime(link.currentAt ?? link.since) })}</span>
      {link.failure && link.failure.code !== 'link.offline' && <span className="ml-2">{reason.what}</span>}
      {link.retryAt !== null && (
        <span className="figure ml-2 text-muted">
          {t('connection.retrying', { seconds: secondsUntil(link.retryAt, now), attempt: link.attempt })}
        </span>
      )}
      {link.currentAt !== null && <span className="ml-2 text-muted">{t('connection.kept')}</span>}
    </Banner>
  )
}

const ProcessBanner = ({ process }: { readonly process: NonNullable<DesktopState['backendProcess']> }) => {
  const { t } = useTranslation('shell')
  if (process.state === 'running' || process.state === 'starting') return null
  return (
    <Banner
      tone={process.state === 'restarting' ? 'busy' : 'bad'}
      action={
        process.state !== 'restarting' && (
          <Button small onClick={() => void desktop.app.restartBackend({})}>
            {t('process.restart')}
          </Button>
        )
      }
    >
      {t(`process.${process.state}`, { restarts: process.restarts })}
    </Banner>
  )
}

const SkewBanner = ({ skewMs }: { readonly skewMs: number }) => {
  const { t } = useTranslation('shell')
  const locale = useLocale()
  const by = duration(locale, Math.abs(skewMs))
  return <Banner tone="warning">{t(skewMs > 0 ? 'skew.behind' : 'skew.ahead', { by })}</Banner>
}

const SetAsideBanner = ({ file }: { readonly file: string }) => {
  const { t } = useTranslation('shell')
  const [read, setRead] = useState<string | null>(null)
  if (read === file) return null
  return (
    <Banner
      tone="warning"
      action={
        <Button small onClick={() => setRead(file)}>
          {t('setAside.read')}
        </Button>
      }
    >
      {t('setAside.text', { file })}
    </Banner>
  )
}

/** The session key is gone; what is shown stays live. */
const LockedBanner = ({ deployment }: { readonly deployment: DeploymentKey }) => {
  const { t } = useTranslation('shell')
  return (
    <Banner tone="off" action={<SignInButton deployment={deployment} label={t('signIn.unlock')} />}>
      {t('signIn.locked')}
    </Banner>
  )
}

/** Over every page until a person has settled it. */
const HistoryBanner = ({ failure }: { readonly failure: Failure }) => {
  const { t } = useTranslation('audit')
  const { what } = useFailureText(failure)
  return (
    <div role="alert" className="flex items-center gap-3 bg-danger-fill px-5 py-3 text-on-fill">
      <TriangleAlert size={20} aria-hidden="true" />
      <p className="min-w-0 flex-1 font-bold text-[15px]">{what}</p>
      <Button small onClick={() => goTo({ page: 'audit', key: null })}>
        {t('banner')}
      </Button>
    </div>
  )
}

/** What is wrong with the ground this window stands on, over every page. */
export const Banners = ({ state }: { readonly state: DesktopState }) =>
  state.reviewOnly ? null : <Ground state={state} />

const Ground = ({ state }: { readonly state: DesktopState }) => (
  <>
    {state.backendProcess && <ProcessBanner process={state.backendProcess} />}
    {state.link.failure && isHistoryFailure(state.link.failure.code) ? (
      <HistoryBanner failure={state.link.failure} />
    ) : (
      <OfflineBanner link={state.link} deployment={state.deployment.key} />
    )}
    {state.session?.locked && <LockedBanner deployment={state.deployment.key} />}
    {Math.abs(state.link.skewMs) > skewShownMs && <SkewBanner skewMs={state.link.skewMs} />}
    {state.replica.setAside !== null && <SetAsideBanner file={state.replica.setAside} />}
  </>
)
