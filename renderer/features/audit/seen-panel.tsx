import { FileDown, GitCompareArrows } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Comparison, LogState } from '#protocol/audit.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { isHistoryFailure } from '../../app/history.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { Facts } from './facts.tsx'

interface Props {
  readonly link: DesktopState['link']
  readonly log: LogState
}

const tones: Readonly<Record<Comparison['result'], Tone>> = { same: 'ok', before: 'ok', ahead: 'bad', other: 'bad' }

/** What this desktop saw of the log, and how that stands to what another machine saw. */
export const SeenPanel = ({ link, log: { seen, witness } }: Props) => {
  const { t } = useTranslation('audit')
  const [compared, setCompared] = useState<Comparison | null>(null)
  const denied = link.failure !== null && isHistoryFailure(link.failure.code)
  const state = denied ? 'denied' : seen === null ? 'unseen' : 'holds'
  const save = () =>
    void act(
      () => desktop.audit.exportCheckpoint({}),
      ({ file }) => t('saved', { file }),
    )
  const compare = async (): Promise<void> => setCompared(await act(() => desktop.audit.compareCheckpoint({})))
  return (
    <Panel
      title={t('seen.title')}
      wraps
      actions={
        <>
          <Button small disabled={seen === null} icon={<FileDown size={14} aria-hidden="true" />} onClick={save}>
            {t('export')}
          </Button>
          <Button
            small
            disabled={seen === null || denied}
            icon={<GitCompareArrows size={14} aria-hidden="true" />}
            onClick={() => void compare()}
          >
            {t('compare')}
          </Button>
        </>
      }
    >
      {seen === null ? (
        <Empty title={t('seen.none')}>{t('seen.noneHint')}</Empty>
      ) : (
        <>
          <Status tone={denied ? 'bad' : 'ok'}>{t(`seen.${state}`)}</Status>
          <Facts
            facts={[
              { label: t('seen.size'), value: t('entries', { count: seen.size }) },
              { label: t('seen.at'), value: dateTime(seen.at) },
              { label: t('seen.root'), value: <span className="font-mono">{seen.root}</span> },
              { label: t('seen.witness'), value: <span className="font-mono">{witness}</span> },
            ]}
          />
        </>
      )}
      {compared !== null && (
        <div role="status" className="mt-3 rounded-md border border-line-strong px-3 py-2">
          {compared.shown !== null && <p className="font-bold">{t('compared.fork')}</p>}
          <Status tone={tones[compared.result]}>
            {compared.shown !== null && t('compared.seenThere')}
            {t(`compared.${compared.result}`)}
          </Status>
          <p className="text-muted">{t('compared.sizes', { theirs: compared.theirs, ours: compared.ours })}</p>
          {compared.shown !== null && (
            <>
              <Status tone={tones[compared.shown.result]}>
                {t('compared.shownThere')}
                {t(`compared.${compared.shown.result}`)}
              </Status>
              <p className="text-muted">{t('compared.sizes', { theirs: compared.shown.size, ours: compared.ours })}</p>
            </>
          )}
        </div>
      )}
      <p className="mt-3 text-muted">{t('seen.hint')}</p>
    </Panel>
  )
}
