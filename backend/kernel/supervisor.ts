import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { LifecycleState, ModuleStatus, Supervisor } from './kernel.ts'
import type { ModuleDefinition, RunningModule } from './module.ts'

export const supervisorLimits = { startMs: 30_000, stopMs: 5_000, healthMs: 1_000 } as const

export interface SupervisorDeps {
  readonly modules: readonly ModuleDefinition[]
  readonly now: () => Instant
  /** Starts the living part with a context of its own; `crashed` ends this incarnation. */
  readonly bring: (module: ModuleDefinition, crashed: (reason: unknown) => void) => Promise<RunningModule>
  /** Waits for what a start that failed like this was lacking, if that is on its way; false when it is not. */
  readonly filled: (reason: unknown) => Promise<boolean>
  /** Told of failures with the code that stands for them. */
  readonly failed: (module: string, reason: unknown) => void
}

export interface LivingSupervisor extends Supervisor {
  readonly isRunning: (module: string) => boolean
  /** Starts all but these (essential ones in any case), needed ones first. @throws LibralError `module.stopped` when an essential one could not start */
  startAll(stayStopped?: ReadonlySet<string>): Promise<void>
  /** Stops all in reverse, for good; a start that is under way is abandoned. */
  stopAll(): Promise<void>
}

/** Why a module stands still that somebody asked to stop: it is left so when the backend starts again. */
export const stoppedOnRequest = 'requested'

interface Slot {
  readonly definition: ModuleDefinition
  state: LifecycleState
  reason: string
  since: Instant
  /** When it crashed, of late; more than the manifest allows and the supervisor gives up. */
  crashes: number[]
  restarts: number
  /** The start, stop or recovery that is under way; never rejects. */
  busy?: Promise<void> | undefined
  /** Ends the start that is under way. */
  abandon?: ((reason: unknown) => void) | undefined
  /** Rises with each start, so that a late crash of an earlier incarnation is not held against this one. */
  incarnation: number
  living?: RunningModule | undefined
}

/** One-for-one supervision of in-process modules with OTP's restart intensity. */
export const createSupervisor = (deps: SupervisorDeps): LivingSupervisor => {
  const slots = new Map(
    inOrder(deps.modules).map((definition) => [definition.manifest.name, newSlot(definition, deps)]),
  )
  const listeners = new Set<(status: ModuleStatus) => void>()
  let timer: NodeJS.Timeout | undefined
  let stopping = false

  const enter = (slot: Slot, state: LifecycleState, reason = ''): void => {
    if (slot.state === state && slot.reason === reason) return
    Object.assign(slot, { state, reason, since: deps.now() })
    for (const listener of listeners) guarded(() => listener(statusOf(slot)))
  }
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (reason) {
      deps.failed('supervisor', reason)
    }
  }

  const bring = async (slot: Slot): Promise<void> => {
    const { name } = slot.definition.manifest
    for (;;) {
      if (stopping) return enter(slot, 'stopped')
      const incarnation = ++slot.incarnation
      enter(slot, 'starting')
      const broken = Promise.withResolvers<never>()
      broken.promise.catch(() => undefined)
      slot.abandon = broken.reject
      let crash: { readonly reason: unknown } | undefined
      const crashed = (reason: unknown): void => {
        if (slot.incarnation !== incarnation || crash) return
        crash = { reason }
        if (slot.living) void recover(slot, incarnation, reason)
        else broken.reject(reason)
      }
      const starting = deps.bring(slot.definition, crashed)
      try {
        const living = await Promise.race([within(supervisorLimits.startMs, starting), broken.promise])
        if (crash) throw crash.reason
        slot.living = living
        enter(slot, 'running')
        return
      } catch (reason) {
        const discarded = discard(starting)
        if (stopping) {
          await within(supervisorLimits.stopMs, discarded).catch(() => undefined)
          return enter(slot, 'stopped')
        }
        if (await deps.filled(reason)) continue
        deps.failed(name, reason)
        if (!mayRestart(slot, deps.now())) {
          enter(slot, 'failed', codeOf(reason))
          return
        }
      } finally {
        slot.abandon = undefined
      }
    }
  }
  /** A start that came too late, or crashed on its way, must not live beside the one that took its place. */
  const discard = (starting: Promise<RunningModule>): Promise<void> =>
    starting.then((living) => living.stop()).catch(() => undefined)
  const end = async (slot: Slot): Promise<void> => {
    slot.incarnation++
    enter(slot, 'stopping')
    const { living } = slot
    slot.living = undefined
    try {
      if (living) await within(supervisorLimits.stopMs, living.stop())
    } catch (reason) {
      // It is not waited for any longer; what it still holds ends with the process.
      deps.failed(slot.definition.manifest.name, reason)
    }
  }
  /** In its turn: whoever stops or restarts it meanwhile has dealt with the crash. */
  const recover = async (slot: Slot, incarnation: number, reason: unknown): Promise<void> => {
    deps.failed(slot.definition.manifest.name, reason)
    while (slot.busy) await slot.busy
    if (slot.incarnation !== incarnation) return
    await alone(slot, async () => {
      await end(slot)
      if (mayRestart(slot, deps.now())) await bring(slot)
      else enter(slot, 'failed', codeOf(reason))
    })
  }
  const alone = async (slot: Slot, work: () => Promise<void>): Promise<void> => {
    if (slot.busy) throw new LibralError('module.busy', { module: slot.definition.manifest.name })
    const working = work()
    const over = working.catch(() => undefined)
    slot.busy = over
    try {
      await working
    } finally {
      if (slot.busy === over) slot.busy = undefined
    }
  }
  const slotOf = (name: string): Slot => {
    const slot = slots.get(name)
    if (!slot) throw new LibralError('module.unknown', { module: name })
    return slot
  }
  const startOne = (slot: Slot): Promise<void> =>
    alone(slot, async () => {
      for (const need of slot.definition.manifest.needs) {
        if (!isUp(slotOf(need))) await startOne(slotOf(need))
      }
      slot.crashes = []
      await bring(slot)
      if (slot.state === 'failed') throw new LibralError('module.stopped', { module: slot.definition.manifest.name })
    })
  const stopOne = (slot: Slot, reason = ''): Promise<void> =>
    alone(slot, async () => {
      for (const other of dependents(slots, slot)) if (isUp(other)) await stopOne(other, reason)
      await end(slot)
      enter(slot, 'stopped', reason)
    })
  const assertStoppable = (slot: Slot): void => {
    const essential = [slot, ...dependents(slots, slot)].find(({ definition }) => definition.manifest.essential)
    if (essential) throw new LibralError('module.essential', { module: essential.definition.manifest.name })
  }
  const pollHealth = (): void => {
    for (const slot of slots.values()) {
      if (slot.living && isUp(slot)) {
        const { ok, reason } = healthOf(slot.living)
        enter(slot, ok ? 'running' : 'degraded', ok ? '' : reason)
      }
    }
  }

  return {
    list: () => [...slots.values()].map(statusOf),
    isRunning: (module) => {
      const slot = slots.get(module)
      return slot !== undefined && isUp(slot)
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: async (name) => {
      const slot = slotOf(name)
      if (isUp(slot)) throw new LibralError('module.already-running', { module: name })
      await startOne(slot)
    },
    stop: async (name) => {
      const slot = slotOf(name)
      assertStoppable(slot)
      if (slot.state === 'stopped') throw new LibralError('module.already-stopped', { module: name })
      await stopOne(slot, stoppedOnRequest)
    },
    restart: async (name) => {
      const slot = slotOf(name)
      const others = dependents(slots, slot).filter(isUp)
      if (isUp(slot)) await stopOne(slot)
      for (const one of [slot, ...others.reverse()]) if (!isUp(one)) await startOne(one)
    },
    startAll: async (stayStopped = new Set()) => {
      for (const slot of slots.values()) {
        if (stopping) return
        if (isUp(slot)) continue
        const { name, essential } = slot.definition.manifest
        if (stayStopped.has(name) && !essential) {
          enter(slot, 'stopped', stoppedOnRequest)
          continue
        }
        try {
          await startOne(slot)
        } catch (reason) {
          if (essential) throw reason
        }
      }
      timer = setInterval(pollHealth, supervisorLimits.healthMs)
      timer.unref()
    },
    stopAll: async () => {
      stopping = true
      clearInterval(timer)
      for (const slot of [...slots.values()].reverse()) {
        slot.abandon?.(new LibralError('link.offline'))
        while (slot.busy) await slot.busy
        if (isUp(slot)) await stopOne(slot).catch(() => undefined)
      }
    },
  }
}

const newSlot = (definition: ModuleDefinition, { now }: SupervisorDeps): Slot => ({
  definition,
  state: 'stopped',
  reason: '',
  since: now(),
  crashes: [],
  restarts: 0,
  incarnation: 0,
})

const statusOf = ({ definition, state, reason, restarts, since }: Slot): ModuleStatus => ({
  definition,
  state,
  reason,
  restarts,
  since,
})

const isUp = ({ state }: Slot): boolean => state === 'running' || state === 'degraded'

const codeOf = (reason: unknown): string => (reason instanceof LibralError ? reason.code : 'internal.unexpected')

/** Counts this crash: true while there were no more than `max` within the manifest's period. */
const mayRestart = (slot: Slot, now: Instant): boolean => {
  const { max, withinMs } = slot.definition.manifest.restarts
  slot.crashes = [...slot.crashes.filter((at) => now - at < withinMs), now]
  const allowed = slot.crashes.length <= max
  if (allowed) slot.restarts++
  return allowed
}

const healthOf = (living: RunningModule): { readonly ok: boolean; readonly reason: string } => {
  try {
    return living.health()
  } catch {
    return { ok: false, reason: 'health-unknown' }
  }
}

/** Those that need it, directly or through others, the outermost first. */
const dependents = (slots: ReadonlyMap<string, Slot>, of: Slot): Slot[] => {
  const direct = [...slots.values()].filter(({ definition }) =>
    definition.manifest.needs.includes(of.definition.manifest.name),
  )
  return [...new Set(direct.flatMap((slot) => [...dependents(slots, slot), slot]))]
}

/** Needed ones first. @throws Error for a need that is missing or circular: a bug of the build */
const inOrder = (modules: readonly ModuleDefinition[]): readonly ModuleDefinition[] => {
  const byName = new Map(modules.map((module) => [module.manifest.name, module]))
  const ordered = new Set<ModuleDefinition>()
  const visit = (name: string, path: readonly string[]): void => {
    const module = byName.get(name)
    if (!module || path.includes(name)) throw new Error(`${[...path, name].join(' needs ')}: missing or circular`)
    if (ordered.has(module)) return
    for (const need of module.manifest.needs) visit(need, [...path, name])
    ordered.add(module)
  }
  for (const name of byName.keys()) visit(name, [])
  return [...ordered]
}

const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LibralError('link.time-out', { ms })), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
