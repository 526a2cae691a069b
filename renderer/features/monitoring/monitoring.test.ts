import { describe, expect, it } from 'vitest'
import type { ModuleRow } from '#protocol/hub.ts'
import { metrics, type Sample } from '#protocol/telemetry.ts'
import { fakeSample } from '#tests/fakes/desktop-telemetry.ts'
import { chartMetrics } from './chart-specs.ts'
import { heardOf, isSilent, shownInstance } from './heard.ts'
import { coreMetrics } from './metric.ts'
import { hindranceOf } from './module-actions.ts'
import { gapsIn, plotOfRange, plotOfSamples } from './series.ts'
import { secondly, tileIds, tileOf, tileSpecs, tileState } from './tile.ts'

const at = (seconds: number, values: Record<string, number> = { a: 1 }): Sample => ({
  at: seconds * 1_000,
  instance: 'i',
  values,
})

describe('tiles', () => {
  it('judge from the threshold on', () => {
    expect(tileState('cpu', 79.9)).toBe('ok')
    expect(tileState('cpu', 80)).toBe('warning')
    expect(tileState('cpu', 95)).toBe('bad')
    expect(tileState('network', 1e12)).toBe('plain')
    expect(tileState('cpu', undefined)).toBe('unknown')
  })

  it('read a metric of the catalogue each', () => {
    const names: readonly unknown[] = Object.values(metrics)
    for (const id of tileIds) expect(names).toContain(tileSpecs[id].metric)
  })

  it('show no figure without a sample', () => {
    expect(tileOf('memory', [], 10)).toMatchObject({ state: 'unknown', figure: null, detail: null })
    expect(tileOf('memory', [fakeSample(0)], 10).figure?.unit).toBe('%')
    expect(tileOf('apiLatency', [at(1)], 10)).toMatchObject({ figure: null, idle: true })
    expect(tileOf('apiLatency', [], 10)).toMatchObject({ figure: null, idle: false })
  })

  it('leave a hole where a second is missing', () => {
    expect(secondly([at(1), at(2), at(4)], 'a', 5)).toEqual([null, 1, 1, null, 1])
  })
})

describe('instances', () => {
  const from = (instance: string, ...seconds: readonly number[]) => seconds.map((it) => ({ ...at(it), instance }))

  it('are shown one at a time: the first that is heard, whoever spoke last', () => {
    expect(shownInstance(heardOf([]), null)).toBeNull()
    expect(shownInstance(heardOf([...from('west', 1, 2), ...from('east', 1)]), null)).toBe('east')
    expect(shownInstance(heardOf([...from('east', 1), ...from('west', 1, 30)]), null)).toBe('west')
  })

  it('stay shown once chosen, until nothing is known of them', () => {
    const heard = heardOf([...from('east', 1, 60), ...from('west', 1)])
    expect(shownInstance(heard, 'west')).toBe('west')
    expect(shownInstance(heard, 'north')).toBe('east')
  })

  it('are silent when others were heard all the while', () => {
    const heard = heardOf([...from('east', 10, 40), ...from('west', 20)])
    expect(['east', 'west', 'north'].map((it) => isSilent(heard, it))).toEqual([false, true, true])
    expect(isSilent(heardOf(from('east', 10, 12)), 'north')).toBe(false)
  })
})

describe('plots', () => {
  it('break the line where sampling paused', () => {
    const plot = plotOfSamples([at(1), at(2), at(9)], ['a'], 300)
    expect(plot.at).toEqual([1, 2, 3, 9])
    expect(plot.values['a']).toEqual([1, 1, null, 1])
  })

  it('find the gaps, before the first point too', () => {
    const plot = plotOfSamples([at(100), at(101), at(120), at(121)], ['a'], 60)
    expect(gapsIn(plot)).toEqual([
      { from: 61, to: 100 },
      { from: 101, to: 120 },
    ])
  })

  it('call nulls of a kept range a gap', () => {
    const column = [1, null, null, null, null, 1]
    const series = [{ metric: 'a', min: column, mean: column, max: column }]
    const range = { resolution: 10, at: [0, 10, 20, 30, 40, 50].map((second) => second * 1_000), series }
    expect(gapsIn(plotOfRange(range, 0, 50_000))).toEqual([{ from: 0, to: 50 }])
  })

  it('know a metric without values from a machine that nobody watched', () => {
    const idle = Array.from({ length: 61 }, (_, second) => at(second, second === 5 ? { a: 1, b: 2 } : { a: 1 }))
    expect(gapsIn(plotOfSamples(idle, ['a', 'b'], 60))).toEqual([])
  })

  it('ask for no more metrics than a query takes', () => {
    const cores = coreMetrics(Object.fromEntries(Array.from({ length: 64 }, (_, core) => [metrics.cpuCore(core), 1])))
    expect(cores[10]).toBe(metrics.cpuCore(10))
    expect(chartMetrics(cores).length).toBeLessThanOrEqual(32)
  })
})

describe('module actions', () => {
  const row = (state: ModuleRow['state'], essential = false): ModuleRow => ({
    module: 'alerts',
    instance: 'i',
    version: '1',
    essential,
    state,
    reason: '',
    restarts: 0,
    since: 0,
  })

  it('are not offered where the supervisor would refuse', () => {
    expect(hindranceOf('stop', row('running'), false)).toBe('notPermitted')
    expect(hindranceOf('stop', row('running', true), true)).toBe('essential')
    expect(hindranceOf('restart', row('stopping'), true)).toBe('changing')
    expect(hindranceOf('start', row('running'), true)).toBe('running')
    expect(hindranceOf('stop', row('stopped'), true)).toBe('stopped')
    expect(hindranceOf('start', row('failed'), true)).toBeNull()
    expect(hindranceOf('restart', row('degraded'), true)).toBeNull()
  })
})
