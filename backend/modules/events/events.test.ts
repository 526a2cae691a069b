import { beforeEach, describe, expect, it } from 'vitest'
import {
  acknowledgeEvents,
  type EventRow,
  eventKey,
  events,
  handovers,
  leaveHandover,
  recordEvents,
} from '#protocol/events.ts'
import { createWorld, refusalOf, type World } from '#tests/fakes/module-world.ts'
import { createEvents } from './index.ts'

const fact = (severity: EventRow['severity'], code = 'events.note') => ({
  category: 'api' as const,
  severity,
  code,
  params: { title: '決済ゲートウェイ' },
  detail: '',
})

let world: World
const record = (...severities: EventRow['severity'][]) =>
  world.submit(recordEvents, { events: severities.map((one) => fact(one)) }, { operator: 'service:telegram' })
const acknowledge = (keys: readonly string[], note = '') =>
  refusalOf(() => world.submit(acknowledgeEvents, { keys: [...keys], note }))
const keys = () => world.rows(events).map(({ key }) => key)

beforeEach(() => {
  world = createWorld([createEvents()])
})

describe('lines', () => {
  it('of adapters carry their own words and the adapter as module', () => {
    record('info', 'warning')
    const [first, second] = world.rows(events)
    expect(first).toMatchObject({
      key: eventKey(0, 0),
      module: 'telegram',
      actor: 'service:telegram',
      state: 'none',
    })
    expect(second).toMatchObject({ key: eventKey(0, 1), state: 'open', correlation: first?.correlation })
    expect(events.search?.(first as EventRow)).toContain('決済ゲートウェイ')
  })

  it('wait for a person from 警告 on', () => {
    record('info', 'notice', 'warning', 'minor', 'major', 'critical')
    expect(world.rows(events).map(({ state }) => state)).toEqual(['none', 'none', 'open', 'open', 'open', 'open'])
  })
})

describe('acknowledging', () => {
  it('marks all that were chosen, with the note, and leaves a line of its own', () => {
    record('major', 'warning')
    expect(acknowledge(keys(), '確認しました')).toBe('none')
    const [first, , own] = world.rows(events)
    expect(first).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'tanaka', note: '確認しました' })
    expect(own).toMatchObject({ code: 'events.acknowledged', params: { count: 2 }, module: 'events', category: 'user' })
  })

  it('refuses the whole when one is unknown or done already', () => {
    record('major', 'warning')
    const [first = '', second = ''] = keys()
    expect(acknowledge([first, eventKey(9999, 0)])).toBe('events.unknown')
    expect(world.rows(events).every(({ state }) => state === 'open')).toBe(true)
    expect(acknowledge([first, first])).toBe('none')
    expect(acknowledge([second, first])).toBe('events.already-acknowledged')
    expect(world.row(events, second)?.state).toBe('open')
  })
})

it('handover notes are kept as they were written', () => {
  world.submit(leaveHandover, { shift: '2026/11/21 日勤', text: '返金の確認が残っています' })
  expect(world.rows(handovers)).toMatchObject([
    { by: 'tanaka', shift: '2026/11/21 日勤', text: '返金の確認が残っています' },
  ])
})
