import { useTranslation } from 'react-i18next'
import type { SentCommand } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import { shortly } from '../format/instant.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/states/states.tsx'
import { Status, type Tone } from '../ui/status.tsx'
import { useNow } from './clock.ts'
import { desktop } from './desktop.ts'
import { failureIn } from './failure.ts'
import { useFailureText } from './failure-text.ts'
import { useLive } from './live.ts'
import { sentCommands } from './streams.ts'
import { commandTitle, sayFailure } from './submit.ts'

const tones: Readonly<Record<SentCommand['state'], Tone>> = {
  queued: 'warning',
  sent: 'busy',
  accepted: 'ok',
  refused: 'bad',
  expired: 'bad',
  unknown: 'warning',
}

const Reason = ({ failure }: { readonly failure: Failure }) => {
  const { what, todo } = useFailureText(failure)
  return (
    <p className="text-muted">
      {what}　{todo}
    </p>
  )
}

const withdraw = async (sent: SentCommand): Promise<void> => {
  try {
    await desktop.command.withdraw({ id: sent.id })
  } catch (thrown) {
    sayFailure(failureIn(thrown))
  }
}

/** The last commands of this desktop, newest first. */
export const PendingList = () => {
  const { t } = useTranslation('shell')
  const now = useNow()
  const sent = useLive(sentCommands)
  if (sent.length === 0) return <Empty title={t('pending.none')}>{t('pending.noneHint')}</Empty>
  return (
    <ul className="flex flex-col divide-y divide-line">
      {sent
        .toSorted((a, b) => b.issuedAt - a.issuedAt)
        .map((command) => (
          <li key={command.id} className="py-2">
            <div className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-bold">{commandTitle(command.command)}</span>
              <Status tone={tones[command.state]}>{t(`pending.${command.state}`)}</Status>
              {command.state === 'queued' && (
                <Button small onClick={() => void withdraw(command)}>
                  {t('pending.withdraw')}
                </Button>
              )}
            </div>
            <p className="figure text-faint">{shortly(command.issuedAt, now)}</p>
            {command.failure && <Reason failure={command.failure} />}
          </li>
        ))}
    </ul>
  )
}
