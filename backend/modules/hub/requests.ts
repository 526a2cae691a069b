import { z } from 'zod'
import {
  type ModuleAction,
  type ModuleRow,
  moduleActions,
  moduleRequested,
  modules,
  restartModule,
  startModule,
  stopModule,
} from '#protocol/hub.ts'
import { moduleNameSchema } from '#protocol/ids.ts'
import { accept, type Decision, defineHandler, type EffectTrigger, happened, ref, refuse } from '../../kernel/module.ts'

export const moduleEffect = 'hub.moduleAction'
export const modulePayloadSchema = z.object({
  instance: z.string(),
  module: moduleNameSchema,
  action: z.enum(moduleActions),
})

/** Whether a module in this state may be asked for this. Stopping ends essential ones too, so restarting them is out. */
export const decideRequest = (row: ModuleRow, action: ModuleAction): Decision => {
  const { module, instance, state, essential } = row
  if (essential && action !== 'start') return refuse('module.essential', { module })
  if (state === 'starting' || state === 'stopping') return refuse('module.busy', { module })
  const runs = state === 'running' || state === 'degraded'
  if (action === 'start' && runs) return refuse('module.already-running', { module })
  if (action === 'stop' && state === 'stopped') return refuse('module.already-stopped', { module })
  return accept(happened(moduleRequested, { module, instance, action }))
}

const request = (command: typeof startModule, action: ModuleAction) =>
  defineHandler({
    command,
    reads: ({ instance, module }) => [ref(modules, `${instance}/${module}`)],
    decide: ({ instance, module }, _meta, state) => {
      const row = state.get(modules, `${instance}/${module}`)
      return row ? decideRequest(row, action) : refuse('module.unknown', { module })
    },
  })

export const requestHandlers = [
  request(startModule, 'start'),
  request(stopModule, 'stop'),
  request(restartModule, 'restart'),
]

/** What the operator asked for goes to the supervisor through the outbox: it survives a crash in between. */
export const requestTrigger: EffectTrigger = {
  on: moduleRequested,
  request: (data) => ({ effect: moduleEffect, payload: modulePayloadSchema.parse(data) }),
}
