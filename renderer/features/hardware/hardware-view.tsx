import { Loading } from '../../ui/states/states.tsx'
import { AgentPanel } from './agent-panel.tsx'
import { CardPanel } from './card-panel.tsx'
import { HsmPanel } from './hsm-panel.tsx'
import { useHardware } from './use-hardware.ts'

/** ハードウェア: the card, HSMs, and keys that stay in gpg-agent. */
export const HardwareView = () => {
  const hardware = useHardware()
  if (hardware === null) return <Loading rows={6} />
  return (
    <div className="flex flex-col gap-4">
      <CardPanel reader={hardware.reader} readers={hardware.readers} />
      <HsmPanel modules={hardware.modules} />
      <AgentPanel />
    </div>
  )
}
