import { describe, expect, it } from 'vitest'
import { type Reader, rowId, type StoredRef } from '../storage/port.ts'
import { createOverlay } from './overlay.ts'

const readerOf = (rows: Readonly<Record<string, number>>, reads: StoredRef[][]): Reader =>
  ({
    rows: {
      get: async (refs: readonly StoredRef[]) => {
        reads.push([...refs])
        return new Map(
          refs.flatMap(({ collection, key }) => (rows[key] === undefined ? [] : [[rowId(collection, key), rows[key]]])),
        )
      },
    },
  }) as unknown as Reader
const place = (key: string) => ({ collection: 'events', key })

describe('the overlay', () => {
  it('reads each row once, in one go, and shows what was written over it', async () => {
    const reads: StoredRef[][] = []
    const overlay = createOverlay(readerOf({ a: 1, b: 2 }, reads), () => 3)
    await overlay.load([place('a'), place('a'), place('b'), place('none')])
    await overlay.load([place('a'), place('none')])
    expect(reads).toEqual([['a', 'b', 'none'].map((key) => ({ collection: 'events', epoch: 3, key }))])
    overlay.set('events', 'a', 9)
    overlay.set('events', 'b', null)
    expect(['a', 'b', 'none'].map((key) => overlay.value('events', key))).toEqual([9, undefined, undefined])
    expect(overlay.written()).toEqual([
      { collection: 'events', epoch: 3, key: 'a', value: 9 },
      { collection: 'events', epoch: 3, key: 'b', value: null },
    ])
  })
  it('refuses a read that nobody declared: a decision over it would not replay', async () => {
    const overlay = createOverlay(readerOf({}, []), () => 1)
    expect(() => overlay.value('events', 'a')).toThrow('without being declared')
  })
  it('takes everything back when work throws', async () => {
    const overlay = createOverlay(readerOf({ a: 1 }, []), () => 1)
    await overlay.load([place('a')])
    overlay.set('events', 'kept', 1)
    const work = (): void => {
      overlay.set('events', 'a', 2)
      overlay.set('events', 'new', 3)
      overlay.set('events', 'kept', 4)
      throw new Error('no')
    }
    expect(() => overlay.atomically(work)).toThrow('no')
    expect(overlay.value('events', 'a')).toBe(1)
    expect(overlay.loaded(place('new'))).toBe(false)
    expect(overlay.written()).toEqual([{ collection: 'events', epoch: 1, key: 'kept', value: 1 }])
  })
  it('says that a collection is busy while it is rebuilt', async () => {
    const overlay = createOverlay(readerOf({}, []), () => undefined)
    await expect(overlay.load([place('a')])).rejects.toMatchObject({ code: 'module.busy' })
  })
})
