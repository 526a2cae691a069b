import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clocks, isDue, readingOf, wasSet } from './backend-clock.ts'

const day = 86_400_000
const time = fc.integer({ min: 0, max: 50 * 365 * day })
const start: fc.Arbitrary<Clocks> = fc.record({ wall: time, steady: fc.integer({ min: 0, max: day }) })
const later = ({ wall, steady }: Clocks, ms: number, setBy = 0): Clocks => ({
  wall: wall + ms + setBy,
  steady: steady + ms,
})
const share = fc.double({ min: 0, max: 1, noNaN: true })

test('a reading is right to half of what the answer took, whatever was known before', () => {
  const ask = fc.record({
    after: fc.integer({ min: 0, max: day }),
    setBy: fc.oneof(fc.constant(0), fc.integer({ min: -day, max: day })),
    there: fc.integer({ min: 0, max: 5_000 }),
    back: fc.integer({ min: 0, max: 5_000 }),
  })
  fc.assert(
    fc.property(start, time, fc.array(ask, { minLength: 1, maxLength: 8 }), (from, theirs, asks) => {
      let [now, backend] = [from, theirs]
      let read: ReturnType<typeof readingOf> | null = null
      for (const { after, setBy, there, back } of asks) {
        now = later(now, after + there + back, setBy)
        backend += after + there + back
        read = readingOf(backend - back, there + back, now, read)
        // What was kept because it agrees was itself within the answer's bound of what the answer says.
        expect(Math.abs(now.wall + read.skewMs - backend)).toBeLessThanOrEqual(there + back + 3)
      }
    }),
  )
})

test('a slow answer takes nothing from what a quick one told', () => {
  fc.assert(
    fc.property(start, time, fc.integer({ min: 0, max: 10_000 }), share, (from, theirs, took, part) => {
      const known = readingOf(theirs, 0, from)
      const now = later(from, 20_000 + took)
      const answer = theirs + 20_000 + took * part
      expect(readingOf(answer, took, now, known).skewMs).toBe(known.skewMs)
    }),
  )
})

test('a clock that was set is noticed, also by one that slept; one that runs is not, for a minute', () => {
  fc.assert(
    fc.property(start, fc.integer({ min: 0, max: day }), fc.integer({ min: -day, max: day }), (from, ms, setBy) => {
      const read = readingOf(from.wall, 0, from)
      expect(wasSet(read, later(from, ms, setBy))).toBe(Math.abs(setBy) > 1_000)
      expect(isDue(read, later(from, ms))).toBe(ms >= 60_000)
      if (Math.abs(setBy) > 1_000) expect(isDue(read, later(from, ms, setBy))).toBe(true)
    }),
  )
})
