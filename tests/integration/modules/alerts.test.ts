import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acknowledgeAlert, alerts, recordAlert, removeRule, rules, saveRule } from '#protocol/alerts.ts'
import { acknowledgeEvents, events } from '#protocol/events.ts'
import { metrics } from '#protocol/telemetry.ts'
import { type Core, type Desk, newPlace, type Place } from './core.ts'

let place: Place
let core: Core
let desk: Desk
beforeEach(async () => {
  place = newPlace()
  core = await place.open()
  desk = await core.signIn()
})
afterEach(async () => {
  await core.kernel.drain()
  place.remove()
})
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )
const rule = (over: object = {}) => ({
  rule: 'memory-in-use',
  name: 'メモリを使用中',
  severity: 'minor',
  condition: { kind: 'threshold', metric: metrics.memoryUsed, above: true, threshold: '1', forSeconds: 1 },
  watching: true,
  notifying: true,
  ...over,
})
const soon = { timeout: 120_000, interval: 100 }

describe('an alert', () => {
  it('fires on real telemetry, is acknowledged, outlives a restart and ends with its rule', async () => {
    await desk.submit(saveRule, rule())
    await vi.waitFor(async () => expect(await core.rows(alerts)).toHaveLength(1), soon)
    const [fired] = await core.rows(alerts)
    expect(fired).toMatchObject({ state: 'firing', instance: 'here', metric: metrics.memoryUsed, notifying: true })
    const key = fired?.key ?? ''
    await desk.submit(acknowledgeAlert, { key, note: '調査中' })
    expect(await codeOf(desk.submit(acknowledgeAlert, { key, note: '' }))).toBe('alerts.already-acknowledged')

    await core.kernel.drain()
    core = await place.open()
    desk = await core.signIn()
    await vi.waitFor(() => expect(core.modules.telemetry.latest()).not.toBeNull(), soon)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await core.rows(alerts)).toHaveLength(1)

    await desk.submit(removeRule, { rule: 'memory-in-use' })
    await vi.waitFor(async () => expect((await core.rows(alerts))[0]?.state).toBe('resolved'), soon)
    const row = (await core.rows(events)).find((one) => one.code === 'alerts.fired')
    await desk.submit(acknowledgeEvents, { keys: [row?.key ?? ''], note: '' })
    expect((await core.rows(events)).find((one) => one.code === 'alerts.fired')?.state).toBe('acknowledged')
  })

  it('can be stated by nobody but the backend', async () => {
    const forged = { rule: 'disk-full', instance: 'here', firing: true, firedAt: Date.now(), value: '99' }
    expect(await codeOf(desk.submit(recordAlert, forged))).toBe('command.key-not-allowed')
    expect((await core.rows(rules)).every((row) => row.builtIn)).toBe(true)
    expect(await codeOf(desk.submit(removeRule, { rule: 'disk-full' }))).toBe('alerts.rule-built-in')
  })
})
