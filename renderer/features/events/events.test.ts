import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleSilenced } from '#protocol/alerts.ts'
import { categories, severities } from '#protocol/event.ts'
import {
  type EventFilter,
  isNarrowed,
  noFilter,
  parseFilter,
  presets,
  printFilter,
  queryOf,
  states,
} from './event-filter.ts'
import { eventText } from './event-text.ts'

const filters: fc.Arbitrary<EventFilter> = fc.record({
  categories: fc.subarray([...categories]),
  severities: fc.subarray([...severities]),
  states: fc.subarray([...states]),
  modules: fc.subarray(['hub', 'events', 'alerts']),
  actors: fc.subarray(['local', 'service:hub']),
  correlation: fc.option(fc.uuid()),
  preset: fc.constantFrom(...presets),
  from: fc.option(fc.nat()),
  to: fc.option(fc.nat()),
  text: fc.string({ maxLength: 40 }),
  oldestFirst: fc.boolean(),
})

describe('filters', () => {
  it('survive the address', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const custom = filter.preset === 'custom'
        const expected = { ...filter, from: custom ? filter.from : null, to: custom ? filter.to : null }
        expect(parseFilter(printFilter(filter))).toEqual(expected)
      }),
    )
  })

  it('drop what does not belong', () => {
    expect(parseFilter('severity=major,evil&range=century&from=-1&order=random')).toEqual({
      ...noFilter,
      severities: ['major'],
    })
  })

  it('become a query over indexed fields', () => {
    const query = queryOf({ ...noFilter, severities: ['major'], preset: '1h', text: '決済' }, 3_661_500)
    expect(query).toEqual({
      collection: 'events',
      where: { severity: ['major'] },
      range: { field: 'at', from: 60_000, to: null },
      text: '決済',
    })
  })

  it('know when they narrow nothing', () => {
    expect(isNarrowed({ ...noFilter, oldestFirst: true })).toBe(false)
    expect(isNarrowed({ ...noFilter, text: 'あ' })).toBe(true)
  })
})

describe('texts', () => {
  it('take every notice as the backend makes it', () => {
    const silenced = { rule: 'r', name: 'x', until: Date.UTC(2026, 10, 21), note: '' }
    const { code, params } = ruleSilenced.notice?.(silenced) ?? expect.unreachable()
    expect(eventText('ja', { code, params })).toContain('2026/11/21 09:00 JST')
  })
})
