import os from 'node:os'
import { failureOf, LibralError } from '#protocol/errors.ts'
import { recordEvents } from '#protocol/events.ts'
import {
  collectionRebuilt,
  type InstanceRow,
  instanceForgotten,
  instanceRecorded,
  instances,
  type ModuleAction,
  moduleChanged,
  moduleRecorded,
  moduleRequested,
  modules,
  recordInstance,
  recordModule,
  recordRebuilt,
} from '#protocol/hub.ts'
import type { Kernel, Supervisor } from '../../kernel/kernel.ts'
import {
  defineModule,
  type EffectRunner,
  type ModuleContext,
  type ModuleDefinition,
  type RunningModule,
} from '../../kernel/module.ts'
import type { ApiFaults } from './api-faults.ts'
import { forgetHandler, recordHandlers, recordProjections } from './records.ts'
import { createRegistry, type Registry } from './registry.ts'
import { moduleEffect, modulePayloadSchema, requestHandlers, requestTrigger } from './requests.ts'
import type { Telemetry } from './telemetry/index.ts'

export interface HubDeps {
  /** The kernel that the host opened with these modules. */
  readonly kernel: Promise<Kernel>
  readonly telemetry: Telemetry
  readonly faults: ApiFaults
  readonly mode: InstanceRow['mode']
  /** Of this build. */
  readonly version: string
  /** Of all its modules. */
  readonly moduleNames: () => readonly string[]
}

/**
 * Answers after which there is nothing more to do: it is so already, or the start was tried and failed, which is recorded
 * as the module's state. Trying that again by itself would undo what an operator asks for later.
 */
const done: readonly string[] = [
  ...['module.already-running', 'module.already-stopped', 'module.unknown'],
  ...['module.stopped', 'module.essential'],
]

/** Does what was asked; throws only where trying again may help. */
export const act = async (
  supervisor: Pick<Supervisor, ModuleAction>,
  payload: ReturnType<typeof modulePayloadSchema.parse>,
): Promise<void> => {
  try {
    await supervisor[payload.action](payload.module)
  } catch (thrown) {
    if (thrown instanceof LibralError && done.includes(thrown.code)) return
    throw thrown
  }
}

const createRunner = (context: ModuleContext, kernel: Promise<Kernel>, registry: Registry): EffectRunner => ({
  effect: moduleEffect,
  run: async (raw) => {
    const payload = modulePayloadSchema.parse(raw)
    if (payload.instance !== context.instance) {
      const other = await context.read.get(instances, payload.instance)
      // Its own instance takes it up; one that runs no more has nothing to start or stop.
      if (other?.state === 'running') throw new LibralError('module.busy', { module: payload.module })
      return undefined
    }
    await act((await kernel).modules, payload)
    // What came of it is recorded as the supervisor tells it; the effect is done once that is in the log.
    await registry.settled()
    return undefined
  },
})

const faultsEveryMs = 10_000
const lookEveryMs = 2_000

/** Writes the API's failures into イベント; those of a time when nothing could be written are in the metrics alone. */
const writeFaults = (context: ModuleContext, faults: ApiFaults): (() => void) => {
  const timer = setInterval(() => {
    const command = faults.drain()
    if (!command) return
    context.submit(command).catch((thrown: unknown) => {
      context.log.warn('hub.faults-unwritten', { code: failureOf(thrown).code })
    })
  }, faultsEveryMs)
  return () => clearInterval(timer)
}

const start = async (context: ModuleContext, deps: HubDeps): Promise<RunningModule> => {
  const self = { version: deps.version, hostname: os.hostname(), pid: process.pid, mode: deps.mode }
  const registry = createRegistry(context, { ...self, startedAt: context.now() })
  await registry.started()
  const stopTelemetry = await deps.telemetry.start(context)
  const stopFaults = writeFaults(context, deps.faults)
  const looking = setInterval(() => void registry.onList().catch(() => undefined), lookEveryMs)
  let unfollow: (() => void) | undefined
  let stopped = false
  void deps.kernel
    .then(async (kernel) => {
      await kernel.ready
      if (!stopped) unfollow = registry.follow(kernel)
    })
    .catch(() => undefined)

  return {
    effects: [createRunner(context, deps.kernel, registry)],
    health: () => ({ ok: true, reason: '' }),
    stop: async () => {
      stopped = true
      unfollow?.()
      clearInterval(looking)
      stopFaults()
      await stopTelemetry()
      await registry.stopped()
    },
  }
}

/** Which modules run where, and what the machine, the process and the API are doing. */
export const createHub = (deps: HubDeps): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'hub',
      version: '1.0.0',
      essential: true,
      needs: [],
      restarts: { max: 5, withinMs: 10_000 },
    },
    collections: [modules, instances],
    events: [moduleRequested, moduleRecorded, moduleChanged, instanceRecorded, instanceForgotten, collectionRebuilt],
    handlers: [...requestHandlers, ...recordHandlers, forgetHandler(deps.moduleNames)],
    projections: recordProjections,
    signs: [recordModule, recordInstance, recordRebuilt, recordEvents],
    triggers: [requestTrigger],
    start: (context) => start(context, deps),
  })
