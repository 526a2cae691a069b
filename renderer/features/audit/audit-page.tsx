import { useTranslation } from 'react-i18next'
import { useDesktopState } from '../../app/streams.ts'
import { Loading } from '../../ui/states/states.tsx'
import { HistoryAlarm } from './history-alarm.tsx'
import { SeenPanel } from './seen-panel.tsx'

/** 監査: what this desktop knows of the log by itself. */
export const AuditPage = () => {
  const { t } = useTranslation()
  const state = useDesktopState()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="mx-auto flex max-w-4xl flex-col gap-3">
        <h1 className="font-bold text-[20px]">{t('page.audit')}</h1>
        {state === null ? (
          <Loading rows={6} />
        ) : (
          <>
            <HistoryAlarm link={state.link} log={state.log} />
            <SeenPanel link={state.link} log={state.log} />
          </>
        )}
      </div>
    </div>
  )
}
