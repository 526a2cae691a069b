import type { Inventory, Sample } from '#protocol/telemetry.ts'
import { procedures } from './procedures.ts'
import { merged } from './streams.ts'

const { telemetry: contract } = procedures

export const telemetry = {
  live: contract.live.handler(({ context, signal }) => {
    const { recent, onSample } = context.services.desk.telemetry
    return merged<Sample, Sample[]>({
      subscribe: onSample,
      merge: (waiting, sample) => [...(waiting ?? []), sample],
      first: [...recent()],
      signal,
    })
  }),
  range: contract.range.handler(({ context, input }) => context.services.desk.telemetry.range(input)),
  inventory: contract.inventory.handler(({ context, signal }) => {
    const { inventories, onInventory } = context.services.desk.telemetry
    return merged<Inventory, Inventory[]>({
      subscribe: onInventory,
      // Several instances tell of themselves in one breath.
      merge: (waiting, fresh) => [...(waiting ?? []).filter(({ instance }) => instance !== fresh.instance), fresh],
      first: [...inventories()],
      signal,
    })
  }),
}
