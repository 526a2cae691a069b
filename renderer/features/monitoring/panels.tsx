import { useTranslation } from 'react-i18next'
import type { ModuleRow } from '#protocol/hub.ts'
import type { List } from '../../app/collection.ts'
import { useLive } from '../../app/live.ts'
import { inventories, useDesktopState } from '../../app/streams.ts'
import { Panel } from '../../ui/panel.tsx'
import { Loading, Offline } from '../../ui/states/states.tsx'
import { InstancesPanel } from './instances-panel.tsx'
import { InventoryPanels } from './inventory-panels.tsx'
import { ModulesPanel } from './modules-panel.tsx'
import { DatabasePanel, RedisPanel } from './store-panels.tsx'

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
export const Panels = ({
  modules,
  instance,
}: {
  readonly modules: List<ModuleRow>
  /** Whose machine is shown; the one told of last where nothing is known of it. */
  readonly instance: string | null
}) => {
  const { t } = useTranslation('monitoring')
  const known = useLive(inventories)
  const newest = known.toSorted((one, other) => other.at - one.at)[0] ?? null
  const inventory = known.find((it) => it.instance === instance) ?? newest
  return (
    <div className="grid grid-cols-2 items-start gap-3">
      <ModulesPanel list={modules} />
      <InstancesPanel />
      {inventory?.database && <DatabasePanel database={inventory.database} />}
      {inventory?.redis && <RedisPanel redis={inventory.redis} />}
      {inventory === null ? <Waiting /> : <InventoryPanels inventory={inventory} all={known} />}
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
