import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  behindMs,
  firstFrom,
  furthestMs,
  isLeast,
  isWorthKeeping,
  type Looking,
  lookedInVain,
  lookedOn,
  lookFrom,
  restMs,
  stretchOf,
} from './looking.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.parse('2026-11-20T01:30:00Z')

/** A provider whose list shows the last change of each thing, late, a few to a page, and none older than 180 days. */
const createProvider = (pageSize: number) => {
  const things = new Map<number, { readonly at: number; readonly lag: number }>()
  const provider = {
    now: start,
    change: (id: number, lag: number) => void things.set(id, { at: provider.now, lag }),
    things,
    list: (after: number | null, before: number | null, whole: boolean) => {
      if (after !== null && after < provider.now - 180 * day) return undefined
      if (before !== null && before > provider.now) return undefined
      const from = after ?? provider.now - 180 * day
      const all = [...things]
        .filter(([, { at, lag }]) => at >= from && at <= (before ?? provider.now) && at + lag <= provider.now)
        .toSorted(([, one], [, other]) => other.at - one.at)
      const page = whole ? all : all.slice(0, pageSize)
      return { items: page, more: page.length < all.length, asOf: provider.now - (provider.now % 1000) }
    },
  }
  return provider
}
type FakeProvider = ReturnType<typeof createProvider>

/** What the job does with the decisions; `told` is the inbox. */
const createLooker = (provider: FakeProvider, first: number | null) => {
  const told = new Set<string>()
  let kept: number | null = null
  let looking: Looking = lookFrom(null, first)
  return {
    told,
    restart: () => {
      looking = kept === null ? lookFrom(null, first) : lookFrom(kept, kept)
    },
    /** Whether the pass is over. */
    look: (): boolean => {
      const { after, before } = stretchOf(looking)
      const answer = provider.list(after, before, isLeast(looking))
      if (!answer) {
        looking = lookedInVain(looking)
        return false
      }
      for (const [id, { at }] of answer.items) told.add(`${id}@${at}`)
      const { next, done } = lookedOn(looking, answer)
      looking = next
      if (isWorthKeeping(looking.settled, kept)) kept = looking.settled
      return done
    },
  }
}
const pass = (looker: ReturnType<typeof createLooker>): number => {
  for (let looks = 1; looks <= 2_000; looks++) if (looker.look()) return looks
  throw new Error('a pass has no end')
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3 * hour }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: day, max: 90 * day }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('change' as const),
        ids: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }),
        lag: fc.integer({ min: 0, max: behindMs - 2_000 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('look' as const), times: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { maxLength: 60 },
)

describe('looking through a list of changes', () => {
  it('misses none: late ones, full pages, restarts, days without a network, a clock of ours that is behind, or a week ahead', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), fc.integer({ min: -400, max: 7 }), (history, size, skew) => {
        const provider = createProvider(size)
        // What we sold first, by our own clock.
        const looker = createLooker(provider, firstFrom(start + skew * day, start + skew * day))
        for (const step of history) {
          if (step.do === 'wait') provider.now += step.ms
          else if (step.do === 'change') for (const id of step.ids) provider.change(id, step.lag)
          else if (step.do === 'restart') looker.restart()
          else for (let nth = 0; nth < step.times; nth++) looker.look()
        }
        provider.now += behindMs
        // What was under way ends, and one more.
        for (let nth = 0; nth < 2; nth++) pass(looker)
        const fresh = [...provider.things].filter(([, { at }]) => at > provider.now - furthestMs)
        expect(fresh.filter(([id, { at }]) => !looker.told.has(`${id}@${at}`))).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it('asks once each time where little happens, and looks at the last hours again', () => {
    const provider = createProvider(50)
    const looker = createLooker(provider, start - day)
    expect(pass(looker)).toBe(1)
    provider.now += 5 * minute
    provider.change(1, 0)
    expect(pass(looker)).toBe(1)
    expect([...looker.told]).toEqual([`1@${provider.now}`])
  })

  it('cuts a stretch that is too full, down to a minute that is read page by page, and goes on to the present', () => {
    const provider = createProvider(10)
    for (let id = 0; id < 100; id++) provider.change(id, 0)
    provider.now += day
    for (let id = 100; id < 130; id++) {
      provider.now += hour
      provider.change(id, 0)
    }
    const looker = createLooker(provider, start - day)
    expect(pass(looker)).toBeLessThan(80)
    expect(looker.told.size).toBe(130)
  })

  it('rests longer after each failure, and as long as it was asked to', () => {
    expect([1, 2, 3, 4, 9].map((failures) => restMs(failures, 5 * minute, null) / minute)).toEqual([10, 20, 40, 60, 60])
    expect(restMs(1, 5 * minute, 2 * hour)).toBe(2 * hour)
  })

  it('begins a week before the first sale, or as far back as the provider goes', () => {
    expect(firstFrom(start - 3 * day, start)).toBe(start - 10 * day)
    expect(firstFrom(start - 173 * day, start)).toBeNull()
  })

  it('keeps where it is once a day', () => {
    expect([
      isWorthKeeping(null, null),
      isWorthKeeping(5, null),
      isWorthKeeping(day - 1, 0),
      isWorthKeeping(day, 0),
    ]).toEqual([false, true, false, true])
  })
})
