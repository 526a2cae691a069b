import { useTranslation } from 'react-i18next'
import type { ModuleRow } from '#protocol/hub.ts'
import type { List } from '../../app/collection.ts'
import { useLive } from '../../app/live.ts'
import { inventory as inventoryStream, useDesktopState } from '../../app/streams.ts'
import { Panel } from '../../ui/panel.tsx'
import { Loading, Offline } from '../../ui/states/states.tsx'
import { InstancesPanel } from './instances-panel.tsx'
import { InventoryPanels } from './inventory-panels.tsx'
import { ModulesPanel } from './modules-panel.tsx'

const Waiting = () => {
  const { t } = useTranslation('monitoring')
  const link = useDesktopState()?.link
  const away = link?.state === 'waiting' || link?.state === 'stopped' || link?.state === 'idle'
  return (
    <Panel title={t('machine')} padded={false} className="col-span-full">
      {away ? <Offline since={link.since} /> : <Loading rows={4} />}
    </Panel>
  )
}

/** The lists below the charts. */
export const Panels = ({ modules }: { readonly modules: List<ModuleRow> }) => {
  const { t } = useTranslation('monitoring')
  const inventory = useLive(inventoryStream)
  return (
    <div className="grid grid-cols-2 items-start gap-3">
      <ModulesPanel list={modules} />
      {inventory === null ? <Waiting /> : <InventoryPanels inventory={inventory} />}
      <InstancesPanel />
      {inventory && (
        <p className="selectable col-span-full text-faint">
          {t('machineLine', {
            host: inventory.machine.hostname,
            os: inventory.machine.os,
            kernel: inventory.machine.kernel,
            cpu: inventory.machine.cpu,
            cores: inventory.machine.cores,
          })}
        </p>
      )}
    </div>
  )
}
