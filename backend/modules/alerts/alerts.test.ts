import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  acknowledgeAlert,
  alertKey,
  alerts,
  liftSilence,
  longestSilenceMs,
  recordAlert,
  removeRule,
  rules,
  saveRule,
  silenceRule,
  silences,
} from '#protocol/alerts.ts'
import { LibralError } from '#protocol/errors.ts'
import { events } from '#protocol/events.ts'
import { noticeText } from '#protocol/notices.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { createEvents } from '../events/index.ts'
import { createAlerts } from './index.ts'
import { builtInRules } from './rules.ts'

const service = { operator: 'service:alerts' }
const own = {
  rule: 'own',
  name: '接続数',
  severity: 'minor' as const,
  condition: {
    kind: 'threshold' as const,
    metric: 'link.connections',
    above: true,
    threshold: '10',
    forSeconds: 0,
  },
  watching: true,
  notifying: true,
}
const listeners = new Set<(sample: Sample) => void>()
const definition = createAlerts({
  onSample: (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
})

let world: World
const fire = (firedAt = world.now, firing = true) =>
  world.submit(recordAlert, { rule: 'own', instance: 'here', firing, firedAt, value: '12' }, service)
const key = (firedAt = world.now) => alertKey('own', 'here', firedAt)

beforeEach(() => {
  world = createWorld([definition, createEvents()])
  world.submit(saveRule, own)
})

describe('alerts', () => {
  it('fire, are acknowledged and resolve, each once', () => {
    expect(fire()).toEqual(['alerts.fired@1'])
    expect(fire()).toEqual([])
    expect(world.row(alerts, key())).toMatchObject({ state: 'firing', notifying: true, value: '12', name: '接続数' })
    const acknowledge = () => refusalOf(() => world.submit(acknowledgeAlert, { key: key(), note: '対応中' }))
    expect(acknowledge()).toBe('none')
    expect(acknowledge()).toBe('alerts.already-acknowledged')
    expect(fire(world.now, false)).toEqual(['alerts.resolved@1'])
    expect(refusalOf(() => fire(world.now, false))).toBe('alerts.already-resolved')
    expect(acknowledge()).toBe('alerts.already-resolved')
    expect(world.row(alerts, key())).toMatchObject({ state: 'resolved', acknowledgedBy: 'tanaka', note: '対応中' })
    expect(refusalOf(() => fire(world.now + 1, false))).toBe('alerts.unknown')
  })

  it('resolve even when their rule is gone', () => {
    fire()
    world.submit(removeRule, { rule: 'own' })
    expect(fire(world.now, false)).toEqual(['alerts.resolved@1'])
    expect(refusalOf(() => fire(world.now + 1))).toBe('alerts.rule-unknown')
  })

  it('read well in the list of events', () => {
    world.submit(recordAlert, { rule: 'own', instance: 'here', firing: true, firedAt: 1, value: '12' }, service)
    const row = world.rows(events).at(-1)
    expect(noticeText('ja', row?.code ?? '', row?.params ?? {})).toBe('アラート「接続数」が発生しました（12）')
  })
})

describe('silences', () => {
  const silence = (until: number) => refusalOf(() => world.submit(silenceRule, { rule: 'own', until, note: '' }))

  it('need an end, not in the past and not beyond thirty days', () => {
    expect(silence(world.now)).toBe('alerts.silence-in-past')
    expect(silence(world.now + longestSilenceMs + 1)).toBe('alerts.silence-too-long')
    expect(silence(world.now + longestSilenceMs)).toBe('none')
    expect(refusalOf(() => world.submit(silenceRule, { rule: 'x', until: world.now + 1, note: '' }))).toBe(
      'alerts.rule-unknown',
    )
  })

  it('keep alerts from notifying until they end by themselves', () => {
    silence(world.now + 1_000)
    fire()
    expect(world.row(alerts, key())?.notifying).toBe(false)
    world.now += 1_000
    fire()
    expect(world.row(alerts, key())?.notifying).toBe(true)
    expect(refusalOf(() => world.submit(liftSilence, { rule: 'own' }))).toBe('alerts.not-silenced')
  })

  it('can be lifted, and go with their rule', () => {
    silence(world.now + 1_000)
    world.submit(liftSilence, { rule: 'own' })
    expect(world.rows(silences)).toEqual([])
    silence(world.now + 1_000)
    world.submit(removeRule, { rule: 'own' })
    expect(world.rows(silences)).toEqual([])
  })
})

describe('the running module', () => {
  const tick = async (values: Sample['values'], seconds: number): Promise<void> => {
    for (let nth = 0; nth < seconds; nth += 1) {
      world.now += 1_000
      for (const listener of listeners) listener({ at: world.now, instance: 'here', values })
      await vi.advanceTimersByTimeAsync(1_000)
    }
  }
  const startIt = () => definition.start(world.context('alerts'))

  beforeEach(() => {
    vi.useFakeTimers()
    return () => vi.useRealTimers()
  })

  it('comes with rules that are quiet where nothing is wrong: at its threshold a rule holds', () => {
    for (const { rule, condition } of builtInRules)
      if (condition.kind === 'threshold') expect(Number(condition.threshold) > 0, rule).toBe(condition.above)
  })

  it('seeds its rules once; they can be changed but not removed', async () => {
    await (await startIt()).stop()
    const written = world.events.length
    await (await startIt()).stop()
    expect(world.events).toHaveLength(written)
    expect(world.rows(rules)).toHaveLength(builtInRules.length + 1)
    const disk = builtInRules[0]
    if (!disk) throw new Error('no rules')
    expect(refusalOf(() => world.submit(removeRule, { rule: disk.rule }))).toBe('alerts.rule-built-in')
    world.submit(saveRule, { ...disk, watching: false })
    expect(world.row(rules, disk.rule)).toMatchObject({ builtIn: true, watching: false, changedBy: 'tanaka' })
  })

  it('fires once over a restart, and resolves', async () => {
    const first = await startIt()
    await tick({ 'link.connections': 11 }, 3)
    await first.stop()
    expect(listeners.size).toBe(0)
    const second = await startIt()
    await tick({ 'link.connections': 11 }, 5)
    expect(world.rows(alerts)).toHaveLength(1)
    await tick({ 'link.connections': 1 }, 11)
    expect(world.rows(alerts)[0]?.state).toBe('resolved')
    await second.stop()
  })

  it('keeps what it could not write, and says that it is not well', async () => {
    const running = await startIt()
    world.broken = new LibralError('storage.full')
    await tick({ 'link.connections': 11 }, 8)
    expect(world.rows(alerts)).toEqual([])
    expect(running.health()).toEqual({ ok: false, reason: 'alerts.reports-unwritten' })
    world.broken = undefined
    await tick({ 'link.connections': 11 }, 2)
    expect(world.rows(alerts)).toHaveLength(1)
    expect(running.health().ok).toBe(true)
    await running.stop()
  })
})
