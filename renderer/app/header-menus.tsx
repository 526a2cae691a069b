import { Send, ShieldAlert, UserRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { DesktopState } from '#protocol/desktop.ts'
import { dateTime, shortly } from '../format/instant.ts'
import { Button } from '../ui/button.tsx'
import { Popover } from '../ui/popover.tsx'
import { Count, Tag } from '../ui/status.tsx'
import { useNow } from './clock.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { PendingList } from './pending-list.tsx'
import { sayFailure } from './submit.ts'
import { showToast } from './toasts.ts'

const trigger = 'flex h-8 items-center gap-2 rounded-md px-2 text-muted hover:bg-hover hover:text-text'

/** Commands on their way, and what became of the last ones. */
const Pending = ({ count }: { readonly count: number }) => {
  const { t } = useTranslation('shell')
  return (
    <Popover
      label={t('pending.label')}
      align="end"
      className="w-110"
      trigger={
        <button type="button" className={trigger}>
          <Send size={16} aria-hidden="true" />
          <span className="max-md:sr-only">{t('pending.label')}</span>
          {count > 0 && <Count>{count}</Count>}
        </button>
      }
    >
      <PendingList />
    </Popover>
  )
}

/** Without a keychain the replica's key lives for this run; a passphrase keeps it. */
export const askProtection = async (done: string): Promise<void> => {
  try {
    const { protection } = await desktop.settings.protect({})
    if (protection !== 'this-run') showToast({ tone: 'ok', title: done })
  } catch (thrown) {
    const failure = failureIn(thrown)
    if (failure.code !== 'file.not-chosen') sayFailure(failure)
  }
}

const ThisRun = () => {
  const { t } = useTranslation('shell')
  return (
    <Popover
      label={t('thisRun.label')}
      align="end"
      className="w-100"
      trigger={
        <button type="button" className={`${trigger} border border-warning text-warning`}>
          <ShieldAlert size={16} aria-hidden="true" />
          <span className="max-md:sr-only">{t('thisRun.label')}</span>
        </button>
      }
    >
      <p className="mb-1 font-bold">{t('thisRun.title')}</p>
      <p className="mb-3 text-muted">{t('thisRun.text')}</p>
      <Button look="primary" onClick={() => void askProtection(t('thisRun.done'))}>
        {t('thisRun.protect')}
      </Button>
    </Popover>
  )
}

const Operator = ({ session }: { readonly session: DesktopState['session'] }) => {
  const { t } = useTranslation('shell')
  const { t: common } = useTranslation()
  const now = useNow()
  if (session === null) {
    return (
      <span className="flex items-center gap-2 px-2 text-faint">
        <UserRound size={16} aria-hidden="true" />
        {t('operator.nobody')}
      </span>
    )
  }
  return (
    <Popover
      label={t('operator.label')}
      align="end"
      className="w-80"
      trigger={
        <button type="button" className={trigger} aria-label={`${t('operator.label')} ${session.name}`}>
          <UserRound size={16} aria-hidden="true" />
          <span className="max-w-40 truncate">{session.name}</span>
        </button>
      }
    >
      <p className="font-bold">{session.name}</p>
      <p className="selectable mb-2 font-mono text-faint">{session.operator}</p>
      <p className="mb-1 text-muted">{t('operator.roles')}</p>
      <div className="mb-3 flex flex-wrap gap-1">
        {session.roles.map((role) => (
          <Tag key={role}>{common(`role.${role}`)}</Tag>
        ))}
      </div>
      <p className="text-muted" title={dateTime(session.expiresAt)}>
        {t('operator.until', { at: shortly(session.expiresAt, now) })}
      </p>
    </Popover>
  )
}

export const HeaderMenus = ({ state }: { readonly state: DesktopState }) => (
  <div className="flex items-center gap-2">
    {state.replica.protection === 'this-run' && <ThisRun />}
    <Pending count={state.pendingCommands} />
    <Operator session={state.session} />
  </div>
)
