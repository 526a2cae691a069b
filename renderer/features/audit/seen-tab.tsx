import { useDesktopState } from '../../app/streams.ts'
import { Loading } from '../../ui/states/states.tsx'
import { HistoryAlarm } from './history-alarm.tsx'
import { SeenPanel } from './seen-panel.tsx'
import { WitnessPanel } from './witness-panel.tsx'

/** What this desktop knows of the log by itself. */
export const SeenTab = () => {
  const state = useDesktopState()
  if (state === null) return <Loading rows={6} />
  return (
    <>
      <HistoryAlarm link={state.link} log={state.log} />
      <SeenPanel link={state.link} log={state.log} />
      <WitnessPanel link={state.link} log={state.log} />
    </>
  )
}
