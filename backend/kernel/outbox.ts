import { setTimeout as pause } from 'node:timers/promises'
import { failureOf } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { OutboxItem, OutboxStore } from '../storage/port.ts'
import { pauseMs } from './backoff.ts'
import type { EffectRunner, ServiceCommand } from './module.ts'
import type { KernelLog } from './module-context.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'
import { traceOf } from './trace.ts'

export const outboxLimits = { leaseMs: 60_000, claimed: 16, idleMs: 1_000, stopMs: 2_000 } as const

export interface OutboxDeps {
  readonly store: OutboxStore
  readonly instance: string
  /** Of leases: this run of the instance. */
  readonly owner: string
  readonly now: () => Instant
  readonly submit: (module: string, command: ServiceCommand) => Promise<void>
  readonly depth: (depth: number) => void
  readonly log: KernelLog
}

export interface Outbox {
  /** The effects of a module run while it does; the disposer ends that, and aborts what is under way. */
  attach(module: string, runners: readonly EffectRunner[]): () => void
  /** There may be something new. */
  kick(): void
  /** Lets what is under way end, for a moment: an effect that hangs is aborted with its module and tried again later. */
  stop(): Promise<void>
}

interface Attached {
  readonly runners: ReadonlyMap<string, EffectRunner & { readonly outgoing: Outgoing }>
  readonly abort: AbortController
}

/**
 * Carries effects out: at least once, under a lease, with the item's id as the provider's idempotency key. A result
 * returns as a command of the module's service; until then it is unknown and tried again with growing pauses. An item
 * whose runner died with the process is claimed again when its lease ends.
 */
export const createOutbox = (deps: OutboxDeps): Outbox => {
  const modules = new Map<string, Attached>()
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  let again = false
  let stopped = false

  const work = async (): Promise<void> => {
    do {
      again = false
      const now = deps.now()
      const names = [...modules.keys()]
      const items =
        names.length === 0
          ? []
          : await deps.store.claim(
              ...([names, deps.owner, now, now + outboxLimits.leaseMs, outboxLimits.claimed, deps.instance] as const),
            )
      await Promise.all(items.map((item) => carryOut(item, modules.get(item.module), deps)))
      if (items.length === outboxLimits.claimed) again = true
    } while (again && !stopped)
    deps.depth(await deps.store.depth())
  }
  const kick = (): void => {
    again = true
    if (stopped || working) return
    clearTimeout(timer)
    working = work()
      .catch((thrown: unknown) => deps.log.error('outbox.failed', traceOf(thrown)))
      .finally(() => {
        working = undefined
        if (stopped) return
        timer = setTimeout(kick, outboxLimits.idleMs)
        timer.unref()
      })
  }
  return {
    kick,
    attach: (module, runners) => {
      const attached = {
        runners: new Map(
          runners.map((runner) => {
            const outgoing = createOutgoing(runner.effect, runner.limits)
            return [runner.effect, { ...runner, outgoing }] as const
          }),
        ),
        abort: new AbortController(),
      }
      if (runners.length === 0) return () => undefined
      modules.set(module, attached)
      kick()
      return () => {
        attached.abort.abort()
        if (modules.get(module) === attached) modules.delete(module)
      }
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      const late = new AbortController()
      const tooLong = pause(outboxLimits.stopMs, undefined, { signal: late.signal }).catch(() => undefined)
      await Promise.race([working, tooLong])
      late.abort()
    },
  }
}

const carryOut = async (item: OutboxItem, attached: Attached | undefined, deps: OutboxDeps): Promise<void> => {
  const runner = attached?.runners.get(item.effect)
  try {
    if (!attached || !runner) throw new Error('no runner')
    const result = await runner.outgoing.run(
      (signal) => runner.run(item.payload, { idempotencyKey: item.id, attempt: item.attempts, signal }),
      attached.abort.signal,
    )
    if (result) await deps.submit(item.module, result)
    if (!(await deps.store.done(item.id, deps.owner))) deps.log.warn('outbox.lease-lost', { id: item.id })
  } catch (thrown) {
    const { code } = failureOf(thrown)
    deps.log.warn('outbox.try-again', { id: item.id, effect: item.effect, attempts: item.attempts, ...traceOf(thrown) })
    await deps.store.retry(item.id, deps.owner, deps.now() + pauseMs(item.attempts), code)
  }
}
