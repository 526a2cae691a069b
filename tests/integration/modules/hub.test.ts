import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { events } from '#protocol/events.ts'
import {
  forgetInstance,
  instanceForgotten,
  instances,
  modules,
  restartModule,
  startModule,
  stopModule,
} from '#protocol/hub.ts'
import { metrics } from '#protocol/telemetry.ts'
import { parseEntry } from '#trust/entry.ts'
import { type Core, newPlace, type Place } from './core.ts'

let place: Place
let open: Core[]
beforeEach(() => {
  place = newPlace()
  open = []
})
afterEach(async () => {
  for (const core of open) await core.kernel.drain()
  place.remove()
})
const launch = async (options = {}): Promise<Core> => {
  const core = await place.open(options)
  open.push(core)
  return core
}
const close = async (core: Core): Promise<void> => {
  await core.kernel.drain()
  open = open.filter((one) => one !== core)
}
const stateOf = async (core: Core, module: string) =>
  (await core.rows(modules)).find((row) => row.module === module)?.state
const codesOf = async (core: Core) => (await core.rows(events)).map((row) => row.code)
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )
const target = { instance: 'here', module: 'alerts' }

describe('modules', () => {
  it('stop, start and restart through command, outbox and supervisor', async () => {
    const core = await launch()
    const desk = await core.signIn()
    await vi.waitFor(async () => expect(await stateOf(core, 'alerts')).toBe('running'), 60_000)
    await desk.submit(stopModule, target)
    await vi.waitFor(async () => expect(await stateOf(core, 'alerts')).toBe('stopped'), 60_000)
    expect(await codeOf(desk.submit(stopModule, target))).toBe('module.already-stopped')
    await desk.submit(startModule, target)
    await vi.waitFor(async () => expect(await stateOf(core, 'alerts')).toBe('running'), 60_000)
    expect(await codeOf(desk.submit(startModule, target))).toBe('module.already-running')
    const before = (await core.rows(modules)).find((row) => row.module === 'alerts')?.since ?? 0
    await desk.submit(restartModule, target)
    await vi.waitFor(async () => {
      const row = (await core.rows(modules)).find((one) => one.module === 'alerts')
      expect(row?.state).toBe('running')
      expect(row?.since).toBeGreaterThan(before)
    }, 60_000)
    const codes = await codesOf(core)
    for (const code of ['hub.stop-requested', 'hub.start-requested', 'hub.restart-requested', 'hub.module-stopped']) {
      expect(codes).toContain(code)
    }
  })

  it('that were stopped on request stay so over a restart, until somebody starts them', async () => {
    const first = await launch()
    const desk = await first.signIn()
    await vi.waitFor(async () => expect(await stateOf(first, 'alerts')).toBe('running'), 60_000)
    await desk.submit(stopModule, target)
    await vi.waitFor(async () => expect(await stateOf(first, 'alerts')).toBe('stopped'), 60_000)
    await close(first)

    const second = await launch()
    const runs = (core: Core) => core.kernel.modules.list().find((one) => one.definition.manifest.name === 'alerts')
    expect(runs(second)?.state).toBe('stopped')
    await (await second.signIn()).submit(startModule, target)
    await vi.waitFor(async () => expect(await stateOf(second, 'alerts')).toBe('running'), 60_000)
    await close(second)

    expect(runs(await launch())?.state).toBe('running')
  })

  it("go with an instance that is taken off the list, the kernel's own too", async () => {
    const core = await launch()
    const desk = await core.signIn()
    const names = core.kernel.modules.list().map(({ definition }) => definition.manifest.name)
    const listed = async () => (await core.rows(modules)).map((row) => row.module).sort()
    await vi.waitFor(async () => expect(await listed()).toEqual(names.toSorted()), 60_000)
    expect(names).toContain('policy')
    await desk.submit(forgetInstance, { instance: 'here' })
    // It runs, and puts itself on the list again: what was taken off stands in the log.
    const { size } = await core.kernel.log.head()
    const logged = (await core.kernel.log.entries(0, size)).flatMap((bytes) => parseEntry(bytes).events)
    const forgotten = instanceForgotten.data.parse(logged.find(({ type }) => type === instanceForgotten.type)?.data)
    expect(forgotten.modules.toSorted()).toEqual(names.toSorted())
  })

  it('that are essential or unknown are refused', async () => {
    const core = await launch()
    const desk = await core.signIn()
    await vi.waitFor(async () => expect(await stateOf(core, 'hub')).toBe('running'), 60_000)
    expect(await codeOf(desk.submit(stopModule, { ...target, module: 'hub' }))).toBe('module.essential')
    expect(await codeOf(desk.submit(restartModule, { ...target, module: 'events' }))).toBe('module.essential')
    expect(await codeOf(desk.submit(stopModule, { ...target, module: 'mining' }))).toBe('module.unknown')
    expect(await codeOf(desk.submit(stopModule, { ...target, instance: 'there' }))).toBe('module.unknown')
  })
})

describe('instances', () => {
  it('that stop in good order say so, and a quiet restart writes hardly anything', async () => {
    const first = await launch()
    await vi.waitFor(async () => expect(await stateOf(first, 'alerts')).toBe('running'), 60_000)
    await close(first)
    const second = await launch()
    await vi.waitFor(async () => expect((await second.rows(instances))[0]?.state).toBe('running'), 60_000)
    const codes = await codesOf(second)
    expect(codes).not.toContain('hub.crashed')
    expect(codes.filter((code) => code === 'hub.started')).toHaveLength(2)
    expect(codes).toContain('hub.stopped')
    expect(codes).not.toContain('hub.module-running')
  })

  it('that were killed are recorded as crashed, once', async () => {
    const script = fileURLToPath(new URL('./run-core.ts', import.meta.url))
    const child = spawn(process.execPath, [script, place.directory, place.key.toString('hex')])
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const core = await launch()
    expect((await codesOf(core)).filter((code) => code === 'hub.crashed')).toHaveLength(1)
    expect((await core.rows(instances))[0]?.state).toBe('running')
    await close(core)
    expect((await codesOf(await launch())).filter((code) => code === 'hub.crashed')).toHaveLength(1)
  })
})

describe('telemetry', () => {
  it('samples this machine each second and answers ranges', async () => {
    const core = await launch()
    await vi.waitFor(
      () => expect(Object.keys(core.modules.telemetry.latest()?.values ?? {})).toContain(metrics.cpu),
      20_000,
    )
    const values = core.modules.telemetry.latest()?.values ?? {}
    for (const metric of [metrics.memoryPercent, metrics.rss, metrics.eventLoopDelayP99, metrics.logSize]) {
      expect(values[metric]).toBeGreaterThanOrEqual(0)
    }
    const to = Date.now()
    const range = await core.services.telemetryRange({ metrics: [metrics.cpu], from: to - 60_000, to })
    expect(range.resolution).toBe(1)
    const mean = range.series[0]?.mean ?? []
    expect(mean.filter((value) => value !== null).length).toBeGreaterThan(0)
    expect(mean[0]).toBeNull()
    expect(core.services.inventory()[0]?.machine.cores).toBeGreaterThan(0)
  })

  it('shows the time away as a gap', async () => {
    const first = await launch()
    const latestAt = () => first.modules.telemetry.latest()?.at ?? 0
    await vi.waitFor(() => expect(first.modules.telemetry.latest()?.values[metrics.cpu]).toBeDefined(), 60_000)
    const begunAt = latestAt()
    await vi.waitFor(() => expect(latestAt()).toBeGreaterThanOrEqual(begunAt + 2_000), 60_000)
    await close(first)
    const lastAt = latestAt()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const second = await launch()
    await vi.waitFor(() => expect(second.modules.telemetry.latest()?.values[metrics.rss]).toBeDefined(), 60_000)
    const firstAt = second.modules.telemetry.latest()?.at ?? 0
    const query = { metrics: [metrics.rss], from: lastAt - 10_000, to: firstAt + 1_000 }
    const { at, series } = await second.services.telemetryRange(query)
    const values = series[0]?.mean ?? []
    const away = at.flatMap((time, nth) => (time > lastAt && time < firstAt - 1_000 ? [values[nth]] : []))
    expect(away.length).toBeGreaterThanOrEqual(1)
    expect(away.every((value) => value === null)).toBe(true)
    const before = at.flatMap((time, nth) => (time <= lastAt && values[nth] !== null ? [time] : []))
    expect(before.length).toBeGreaterThanOrEqual(2)
  })
})
