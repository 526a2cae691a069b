import { describe, expect, it } from 'vitest'
import { feedFrameSchema, feedLimits } from '#protocol/feed.ts'
import { changeFrames, lineOf } from './feed-frames.ts'

const line = (offset: number, text = 'x', seq = 0) =>
  lineOf({ offset, seq, collection: 'events', key: `k${offset}-${seq}`, value: { text } })
const parsed = (frame: string) => {
  const read = feedFrameSchema.parse(JSON.parse(frame))
  if (read.t !== 'changes') throw new Error(read.t)
  return read
}

describe('changes frames', () => {
  it('are one, even when empty: cursors move on', () => {
    expect(changeFrames([], 7).map(parsed)).toEqual([{ t: 'changes', to: 7, changes: [] }])
  })
  it('split where the bound is passed, never inside an entry', () => {
    const big = '漢'.repeat(feedLimits.frameBytes / 6)
    const lines = [line(1, big), line(2, big), line(2, big, 1), line(2, big, 2), line(3), line(4)]
    const frames = changeFrames(lines, 9).map(parsed)
    expect(frames.map(({ to, changes }) => [to, changes.map(([offset]) => offset)])).toEqual([
      [2, [1, 2, 2, 2]],
      [9, [3, 4]],
    ])
  })
  it('serialise a change once, whoever reads it', () => {
    let times = 0
    const value = { toJSON: () => ++times } as never
    const one = lineOf({ offset: 1, seq: 0, collection: 'events', key: 'k', value })
    changeFrames([one], 1)
    changeFrames([one], 1)
    expect(times).toBe(1)
  })
})
