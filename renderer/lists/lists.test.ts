import { describe, expect, it, vi } from 'vitest'
import { movedTo } from './grid-keys.ts'
import { follows, freshBefore } from './live-tail.ts'
import { PagedRows } from './paged-rows.ts'

describe('live tail', () => {
  const view = { paused: false, oldestFirst: false, atTop: true, pointerInside: false }

  it('never moves rows under the pointer, when paused or when scrolled away', () => {
    expect(follows(view)).toBe(true)
    expect(follows({ ...view, pointerInside: true })).toBe(false)
    expect(follows({ ...view, paused: true })).toBe(false)
    expect(follows({ ...view, atTop: false })).toBe(false)
    expect(follows({ ...view, oldestFirst: true })).toBe(false)
  })

  it('counts what is new', () => {
    expect(freshBefore(['5', '4', '3'], '3')).toEqual({ count: 2, capped: false })
    expect(freshBefore(['9', '8', '7'], '3')).toEqual({ count: 3, capped: true })
    expect(freshBefore(['3'], '3')).toEqual({ count: 0, capped: false })
    expect(freshBefore(['2'], '3')).toEqual({ count: 0, capped: false })
  })
})

describe('paged rows', () => {
  const total = 1_000
  const load = vi.fn(async (after: string | null) => {
    const start = after === null ? 0 : Number(after)
    const rows = Array.from({ length: Math.min(10, total - start) }, (_, nth) => ({ key: String(start + nth), at: 0 }))
    return { rows, next: start + 10 < total ? String(start + 10) : null }
  })
  const options = {
    load,
    keyOf: (row: { key: string; at: number }) => row.key,
    same: (one: { at: number }, other: { at: number }) => one.at === other.at,
    pageSize: 10,
    keptPages: 4,
    onChange: () => {},
    onFailure: () => {},
  }
  const settled = () => new Promise((resolve) => setTimeout(resolve))

  it('read as they are scrolled to, and let go of what is far', async () => {
    const rows = new PagedRows(options)
    for (let first = 0; first < total; first += 5) {
      rows.show(first, first + 9)
      await settled()
    }
    expect(rows.length).toBe(total)
    expect(rows.more).toBe(false)
    expect(rows.at(995)?.key).toBe('995')
    expect(rows.at(0)).toBeUndefined()
    rows.show(0, 9)
    await settled()
    expect(rows.at(0)?.key).toBe('0')
  })

  it('change rows in place', async () => {
    const rows = new PagedRows(options)
    rows.show(0, 5)
    await settled()
    rows.patch([
      { key: '3', at: 7 },
      { key: '99', at: 7 },
    ])
    expect(rows.at(3)).toEqual({ key: '3', at: 7 })
    expect(rows.length).toBe(10)
    expect(rows.indexOf('3')).toBe(3)
  })

  it('stay the very objects that they were while they say the same', async () => {
    const rows = new PagedRows(options)
    rows.show(0, 5)
    await settled()
    const [second, third] = [rows.at(2), rows.at(3)]
    rows.restart({
      rows: [
        { key: 'new', at: 0 },
        { key: '2', at: 0 },
        { key: '3', at: 9 },
      ],
      next: null,
    })
    expect(rows.at(1)).toBe(second)
    expect(rows.at(2)).not.toBe(third)
    expect(rows.at(2)).toEqual({ key: '3', at: 9 })
  })

  it('go on behind a first page that is shorter than the others', async () => {
    const rows = new PagedRows(options)
    rows.show(0, 5)
    await settled()
    rows.restart({ rows: ['0', '1', '2', '3'].map((key) => ({ key, at: 0 })), next: '4' })
    expect([rows.length, rows.at(3)?.key, rows.at(4)]).toEqual([4, '3', undefined])
    for (let first = 0; first < 15; first += 5) {
      rows.show(first, first + 9)
      await settled()
    }
    expect(Array.from({ length: rows.length }, (_, nth) => rows.at(nth)?.key)).toEqual(
      Array.from({ length: rows.length }, (_, nth) => String(nth)),
    )
    expect(rows.indexOf('23')).toBe(23)
    await rows.refresh(0, 25, true)
    expect([rows.at(3)?.key, rows.at(4)?.key, rows.at(25)?.key]).toEqual(['3', '4', '25'])
  })

  it('take no page that was asked for behind a head that is another by now', async () => {
    const late = Promise.withResolvers<void>()
    const rows = new PagedRows({
      ...options,
      load: (after) => (after === '10' ? late.promise : settled()).then(() => load(after)),
    })
    rows.show(0, 5)
    await vi.waitFor(() => expect(rows.length).toBe(10))
    rows.show(5, 14)
    rows.restart({ rows: ['new', '0', '1'].map((key) => ({ key, at: 0 })), next: '2' })
    late.resolve()
    await settled()
    expect([rows.length, rows.more]).toEqual([3, true])
    rows.show(0, 2)
    await vi.waitFor(() => expect(rows.at(3)?.key).toBe('2'))
  })

  it('grow from nothing', async () => {
    let there = 0
    const growing = new PagedRows({
      ...options,
      load: async () => ({
        rows: Array.from({ length: there }, (_, nth) => ({ key: String(nth), at: 0 })),
        next: null,
      }),
    })
    growing.show(0, 5)
    await settled()
    there = 3
    await growing.refresh(0, 0, true)
    expect(growing.length).toBe(3)
  })

  it('take nothing any more once disposed of', async () => {
    const rows = new PagedRows(options)
    rows.show(0, 5)
    rows.dispose()
    await settled()
    expect(rows.length).toBe(0)
  })
})

describe('keys', () => {
  it('stay inside the list', () => {
    expect(movedTo('ArrowUp', 0, 10, 5)).toBe(0)
    expect(movedTo('ArrowDown', 9, 10, 5)).toBe(9)
    expect(movedTo('PageDown', 2, 10, 5)).toBe(7)
    expect(movedTo('End', 2, 10, 5)).toBe(9)
    expect(movedTo('x', 2, 10, 5)).toBeNull()
  })
})
