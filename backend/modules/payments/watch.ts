import type { Instant } from '#protocol/ids.ts'
import { type ProviderName, providers } from '#protocol/payments.ts'
import type { ProviderHealthRow } from '#protocol/payments-health.ts'

/** How the calls of one provider fare, as this process sees it; in memory, and it outlives restarts of the module. */

export type Breaker = ProviderHealthRow['breaker']
/** What the way out (http-call.ts) tells of each call. */
export interface CallWatch {
  /** `code` of a failure: no whole answer, a failure of theirs, our key refused; null: it went well. */
  ended(code: string | null): void
  /** It asked us to wait until then. */
  waiting(until: Instant): void
  /** Its clock as an answer told it, less ours at that moment, ms. */
  skew(ms: number): void
  /** One of the ways out to it, by name; the last one of a name counts. */
  breaker(name: string, state: () => Breaker): void
}
export type Figures = Pick<
  ProviderHealthRow,
  'breaker' | 'lastSuccessAt' | 'lastFailureAt' | 'failure' | 'calls' | 'failures' | 'waitUntil' | 'skewMs'
>
export interface ProviderWatch {
  of(provider: ProviderName): CallWatch
  figures(provider: ProviderName): Figures
}

const minuteMs = 60_000
const minutes = 5

/** Calls of the last five minutes, by minute. */
const createCounter = (now: () => Instant) => {
  let slots: { readonly minute: number; calls: number; failures: number }[] = []
  const recent = () => {
    const first = Math.floor(now() / minuteMs) - minutes + 1
    slots = slots.filter(({ minute }) => minute >= first)
    return slots
  }
  return {
    count: (failed: boolean): void => {
      const minute = Math.floor(now() / minuteMs)
      let slot = recent().find((one) => one.minute === minute)
      if (!slot) {
        slot = { minute, calls: 0, failures: 0 }
        slots.push(slot)
      }
      slot.calls++
      if (failed) slot.failures++
    },
    sums: () =>
      recent().reduce((all, { calls, failures }) => ({ calls: all.calls + calls, failures: all.failures + failures }), {
        calls: 0,
        failures: 0,
      }),
  }
}

const worst = (states: readonly Breaker[]): Breaker =>
  states.includes('open') ? 'open' : states.includes('half-open') ? 'half-open' : 'closed'

const createOne = (now: () => Instant): { readonly watch: CallWatch; readonly figures: () => Figures } => {
  const counter = createCounter(now)
  const breakers = new Map<string, () => Breaker>()
  let lastSuccessAt: Instant | null = null
  let lastFailureAt: Instant | null = null
  let failure = ''
  let waitUntil: Instant | null = null
  let skewMs: number | null = null
  return {
    watch: {
      ended: (code) => {
        counter.count(code !== null)
        if (code === null) lastSuccessAt = now()
        else {
          lastFailureAt = now()
          failure = code.slice(0, 64)
        }
      },
      waiting: (until) => {
        waitUntil = until
      },
      skew: (ms) => {
        skewMs = Math.round(ms)
      },
      breaker: (name, state) => void breakers.set(name, state),
    },
    figures: () => ({
      ...{ lastSuccessAt, lastFailureAt, failure, skewMs, ...counter.sums() },
      waitUntil: waitUntil !== null && waitUntil > now() ? waitUntil : null,
      breaker: worst([...breakers.values()].map((state) => state())),
    }),
  }
}

export const createProviderWatch = (now: () => Instant): ProviderWatch => {
  const all = new Map(providers.map((name) => [name, createOne(now)] as const))
  const one = (name: ProviderName) => {
    const found = all.get(name)
    if (!found) throw new Error(`no provider ${name}`)
    return found
  }
  return { of: (name) => one(name).watch, figures: (name) => one(name).figures() }
}
