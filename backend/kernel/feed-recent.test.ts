import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFrameSchema } from '#protocol/feed.ts'
import { lineOf } from './feed-frames.ts'
import { createRecentChanges, sharedTexts } from './feed-recent.ts'

const names = ['events', 'alerts', 'hub.modules'] as const
type Name = (typeof names)[number]
const change = (offset: number, collection: Name, text = 'x') => ({
  ...{ offset, seq: 0, collection, key: `k${offset}` },
  value: { text },
})
const lines = (...changes: ReturnType<typeof change>[]) => changes.map(lineOf)
const reader = (position: number, from: Readonly<Partial<Record<Name, number>>> = { events: position }) => ({
  position,
  from: new Map(Object.entries(from)),
  key: Object.keys(from).sort().join(' '),
})
/** How far some frames lead, and the offsets and collections that they carry. */
const told = (frames: readonly string[] | undefined) =>
  frames
    ?.map((frame) => feedFrameSchema.parse(JSON.parse(frame)))
    .filter((frame) => frame.t === 'changes')
    .map(({ to, changes }) => ({ to, changes: changes.map(([at, name]) => [at, name]) }))

describe('changes in memory', () => {
  it('are told to who lacks no more than them', () => {
    const recent = createRecentChanges(7)
    expect(told(recent.framesFor(reader(7)))).toEqual([{ to: 7, changes: [] }])
    recent.add(lines(change(8, 'events'), change(8, 'alerts'), change(9, 'events')), 10)
    expect(told(recent.framesFor(reader(8)))).toEqual([{ to: 10, changes: [[9, 'events']] }])
    expect(told(recent.framesFor(reader(10)))).toEqual([{ to: 10, changes: [] }])
    expect(recent.framesFor(reader(6))).toBeUndefined()
  })

  it('are one text for all of one place who read the same, until the next comes', () => {
    const recent = createRecentChanges(0)
    recent.add(lines(change(1, 'events')), 1)
    const first = recent.framesFor(reader(0))
    expect(recent.framesFor(reader(0))).toBe(first)
    expect(recent.framesFor(reader(0, { alerts: 0 }))).not.toBe(first)
    recent.add(lines(change(2, 'events')), 2)
    expect(told(recent.framesFor(reader(0)))?.[0]?.changes).toHaveLength(2)
  })

  it('are kept as text for a few places alone, whoever asks from how many', () => {
    const recent = createRecentChanges(0)
    recent.add(lines(...Array.from({ length: 100 }, (_, nth) => change(nth + 1, 'events'))), 100)
    const first = recent.framesFor(reader(0))
    for (let position = 1; position < sharedTexts; position++) recent.framesFor(reader(position))
    expect(recent.framesFor(reader(0))).toBe(first)
    recent.framesFor(reader(sharedTexts))
    expect(recent.framesFor(reader(0))).not.toBe(first)
    expect(recent.framesFor(reader(0))).toEqual(first)
  })

  it('come once to who has more of one collection than of another, beside others of the same place', () => {
    const recent = createRecentChanges(0)
    recent.add(lines(change(1, 'events'), change(2, 'alerts')), 2)
    const both = { events: 0, alerts: 0 }
    expect(told(recent.framesFor(reader(0, both)))?.[0]?.changes).toHaveLength(2)
    expect(told(recent.framesFor(reader(0, { ...both, alerts: 2 })))).toEqual([{ to: 2, changes: [[1, 'events']] }])
    expect(told(recent.framesFor(reader(0, both)))?.[0]?.changes).toHaveLength(2)
  })

  it('begin anew where others were passed over', () => {
    const recent = createRecentChanges(0)
    recent.add(lines(change(1, 'events')), 1)
    recent.reset(5)
    expect(recent.from).toBe(5)
    expect(recent.framesFor(reader(4))).toBeUndefined()
    expect(told(recent.framesFor(reader(5)))).toEqual([{ to: 5, changes: [] }])
  })

  it('are whole entries, no more than fit, and never lack one in between', () => {
    const commits = fc.array(
      fc.array(fc.array(fc.record({ name: fc.constantFrom(...names), size: fc.nat(300) }), { maxLength: 4 }), {
        minLength: 1,
        maxLength: 4,
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(commits, fc.nat(2_000), (all, bound) => {
        const recent = createRecentChanges(0, bound)
        const every: ReturnType<typeof change>[] = []
        let size = 0
        for (const entries of all) {
          const fresh = entries.flatMap((rows) => {
            size++
            return rows.map((row) => change(size, row.name, 'x'.repeat(row.size)))
          })
          every.push(...fresh)
          recent.add(lines(...fresh), size)
          const kept = every.filter(({ offset }) => offset > recent.from)
          const bytes = kept.reduce((sum, row) => sum + Buffer.byteLength(lineOf(row).text()), 0)
          expect(bytes).toBeLessThanOrEqual(bound)
          const begins = Object.fromEntries(names.map((name) => [name, 0]))
          for (let position = 0; position <= size; position++) {
            const frames = recent.framesFor(reader(position, begins))
            const wanted = every.filter(({ offset }) => offset > position).map((row) => [row.offset, row.collection])
            if (position < recent.from) expect(frames).toBeUndefined()
            else expect(told(frames)?.flatMap(({ changes }) => changes)).toEqual(wanted)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
