import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkStates } from '#protocol/desktop.ts'
import { closeCodes } from '#protocol/feed.ts'
import { idleLink, type LinkEffect, type LinkEvent, type LinkModel, step, table } from './machine.ts'

const event: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.constantFrom<LinkEvent>(
    { t: 'endpoint' },
    { t: 'greeted' },
    { t: 'signed-in' },
    { t: 'caught-up' },
    { t: 'behind' },
    { t: 'silent' },
    { t: 'timer' },
    { t: 'lock' },
    { t: 'failed', failure: { code: 'link.offline', params: {} } },
    { t: 'failed', failure: { code: 'session.secret-wrong', params: {} } },
    { t: 'failed', failure: { code: 'link.certificate-changed', params: {} } },
    { t: 'failed', failure: { code: 'link.overloaded', params: { retryAfterSeconds: 1e9 } } },
    { t: 'end' },
  ),
  fc.record({
    t: fc.constant('closed' as const),
    code: fc.constantFrom(1000, 1006, ...Object.values(closeCodes)),
    pauseMs: fc.option(fc.integer({ min: 0, max: 9_999_000 })),
  }),
)
const moment = fc.record({
  event,
  after: fc.integer({ min: 0, max: 40_000 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

/** What effects do to the world: at most one connection and one timer. */
interface World {
  readonly model: LinkModel
  readonly connected: boolean
  readonly armed: boolean
}

const effect = (world: World, { t }: LinkEffect): World => {
  if (t === 'dial') {
    expect(world.connected, 'dials only with no connection').toBe(false)
    return { ...world, connected: true }
  }
  if (t === 'hang-up') return { ...world, connected: false }
  if (t === 'arm') return { ...world, armed: true }
  if (t === 'disarm') return { ...world, armed: false }
  if (t === 'sign-in' || t === 'open-feed') expect(world.connected).toBe(true)
  return world
}

/** Events of a connection or a timer come only while there is one. */
const possible = ({ connected, armed }: World, { t }: LinkEvent): boolean => {
  if (t === 'timer') return armed
  return ['endpoint', 'lock', 'end'].includes(t) || connected
}

describe('the link', () => {
  it('has a row for every state', () => {
    expect(Object.keys(table).sort()).toEqual([...linkStates].sort())
  })

  it('keeps its promises in any run', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (moments, addresses) => {
        let world: World = { model: idleLink(0), connected: false, armed: false }
        let now = 0
        for (const { event: next, after, random } of moments) {
          now += after
          if (!possible(world, next)) continue
          if (next.t === 'timer') world = { ...world, armed: false }
          const before = world.model
          const [model, effects] = step(before, next, { now, random, addresses })
          for (const one of effects) world = effect(world, one)
          world = { ...world, model }
          if (model.state === 'live') expect(before.state === 'live' || next.t === 'caught-up').toBe(true)
          if (before.ended) expect(effects.filter(({ t }) => t === 'dial')).toEqual([])
          if (model.state === 'stopped' || model.state === 'waiting') expect(world.connected).toBe(false)
          expect(world.armed).toBe(model.state === 'waiting')
          if (model.retryAt !== null) expect(model.retryAt - now).toBeLessThanOrEqual(90_000)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('waits twice as long each time, from 0.2 s to 30 s', () => {
    let model = idleLink(0)
    const waits: number[] = []
    for (let nth = 0; nth < 12; nth++) {
      model = step(model, nth === 0 ? { t: 'endpoint' } : { t: 'timer' }, { now: 0, random: 0.999, addresses: 1 })[0]
      model = step(model, { t: 'closed', code: 1006, pauseMs: null }, { now: 0, random: 0.999, addresses: 1 })[0]
      waits.push(model.retryAt ?? 0)
    }
    expect(waits.slice(0, 4).map((ms) => Math.round(ms / 100))).toEqual([2, 4, 8, 16])
    expect(waits.at(-1)).toBeGreaterThan(29_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
  })

  it('tries every other address at once before it makes a pause', () => {
    const at = { now: 10_000, random: 0.5, addresses: 3 }
    let model: LinkModel = { ...idleLink(0), state: 'live' }
    const waits: (number | null)[] = []
    const moves: number[] = []
    for (let nth = 0; nth < 4; nth++) {
      const [next, effects] = step(model, { t: 'closed', code: 1006, pauseMs: null }, at)
      waits.push(next.retryAt)
      moves.push(effects.filter(({ t }) => t === 'next-address').length)
      model = step(next, { t: 'timer' }, at)[0]
    }
    expect(waits).toEqual([10_000, 10_000, 10_150, 10_000])
    expect(moves).toEqual([1, 1, 1, 1])
  })

  it('goes on with the others when one address can not serve, and stops when none is left', () => {
    const at = { now: 10_000, random: 0.5, addresses: 3 }
    const changed = { code: 'link.certificate-changed', params: { address: 'wss://b' } } as const
    let model: LinkModel = { ...idleLink(0), state: 'connecting' }
    const say = (event: LinkEvent): LinkModel => {
      if (model.state === 'waiting') model = step(model, { t: 'timer' }, at)[0]
      const [next, effects] = step(model, event, at)
      if (next.state === 'waiting') expect(effects).toContainEqual({ t: 'next-address' })
      model = next
      return model
    }
    const unsupported: LinkEvent = { t: 'closed', code: closeCodes.unsupported, pauseMs: null }
    expect(say({ t: 'failed', failure: changed })).toMatchObject({ state: 'waiting', retryAt: 10_000 })
    expect(say(unsupported)).toMatchObject({ state: 'waiting', retryAt: 10_000, failure: changed })
    expect(say({ t: 'closed', code: 1006, pauseMs: null })).toMatchObject({ state: 'waiting', failure: changed })
    expect(model.retryAt, 'the third may come back').toBe(10_150)
    expect(say({ t: 'failed', failure: changed }).state).toBe('waiting')
    expect(say(unsupported).state).toBe('waiting')
    expect(say(unsupported)).toMatchObject({ state: 'stopped', failure: changed })
  })

  it('stops for an address exactly when all have refused in a row, and for a history at once', () => {
    const kind = fc.constantFrom('untrusted', 'changed', 'unsupported', 'offline', 'busy', 'held', 'log', 'token')
    const events: Record<string, readonly LinkEvent[]> = {
      untrusted: [{ t: 'failed', failure: { code: 'link.certificate-untrusted', params: {} } }],
      changed: [{ t: 'failed', failure: { code: 'link.certificate-changed', params: {} } }],
      unsupported: [{ t: 'closed', code: closeCodes.unsupported, pauseMs: null }],
      offline: [{ t: 'closed', code: 1006, pauseMs: null }],
      busy: [{ t: 'failed', failure: { code: 'link.overloaded', params: {} } }],
      held: [{ t: 'greeted' }, { t: 'signed-in' }, { t: 'caught-up' }, { t: 'silent' }],
      log: [{ t: 'failed', failure: { code: 'log.broken', params: {} } }],
      token: [{ t: 'failed', failure: { code: 'session.token-wrong', params: {} } }],
    }
    const refusals = ['untrusted', 'changed', 'unsupported']
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(kind, { maxLength: 30 }), (addresses, kinds) => {
        const at = { now: 0, random: 0.5, addresses }
        let model = step(idleLink(0), { t: 'endpoint' }, at)[0]
        let round: string[] = []
        for (const one of kinds) {
          if (model.state === 'waiting') model = step(model, { t: 'timer' }, at)[0]
          for (const said of events[one] ?? []) model = step(model, said, at)[0]
          // The silence behind a link that held is the first of a new round.
          round = one === 'held' ? [one] : [...round, one]
          const refused = round.length === addresses && round.every((it) => refusals.includes(it))
          const atOnce = one === 'log' || one === 'token'
          expect(model.state).toBe(atOnce || refused ? 'stopped' : 'waiting')
          if (model.state === 'stopped') return
          expect(model.retryAt === 0).toBe(round.length < addresses)
          if (round.length >= addresses) round = []
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('comes back when a busy backend asked for, each desktop at another moment, and no later for having asked often', () => {
    const failure = { code: 'link.overloaded', params: { retryAfterSeconds: 3 } } as const
    const pauses = [0, 0.5, 0.99].map((random) => {
      let model: LinkModel = { ...idleLink(0), state: 'connecting' }
      let pause = 0
      for (let nth = 0; nth < 9; nth++) {
        model = step(model, { t: 'failed', failure }, { now: 0, random, addresses: 1 })[0]
        pause = model.retryAt ?? 0
        model = step(model, { t: 'timer' }, { now: 0, random, addresses: 1 })[0]
      }
      return pause
    })
    expect(pauses).toEqual([3_000, 3_750, 4_485])
  })

  it('heeds the pause that one address named also when the others are dead, and never a silly one', () => {
    const at = { now: 0, random: 0, addresses: 2 }
    const round = (retryAfterSeconds: number): number | null => {
      const busy = { code: 'link.overloaded', params: { retryAfterSeconds } } as const
      const [asked] = step({ ...idleLink(0), state: 'connecting' }, { t: 'failed', failure: busy }, at)
      const [dialled] = step(asked, { t: 'timer' }, at)
      const [over] = step(dialled, { t: 'closed', code: 1006, pauseMs: null }, at)
      expect(over.round.named).toBeNull()
      return over.retryAt
    }
    expect([round(2), round(9_999), round(-1), round(Number.NaN)]).toEqual([2_000, 60_000, 100, 100])
  })

  it('comes back as the close code says', () => {
    const live: LinkModel = { ...idleLink(0), state: 'live' }
    const close = (code: number, pauseMs: number | null = null): LinkModel =>
      step(live, { t: 'closed', code, pauseMs }, { now: 10_000, random: 0.5, addresses: 1 })[0]
    expect(close(closeCodes.slow).retryAt).toBe(10_000)
    expect(close(closeCodes.overloaded, 5_000).retryAt).toBe(16_250)
    expect(close(closeCodes.badFrame).retryAt).toBe(40_000)
    expect(close(closeCodes.unsupported)).toMatchObject({ state: 'stopped', failure: { code: 'protocol.unsupported' } })
    expect(
      step(live, { t: 'closed', code: closeCodes.sessionEnded, pauseMs: null }, { now: 0, random: 0, addresses: 1 })[1],
    ).toContainEqual({
      t: 'forget-session',
    })
  })
})
