import { expect, test } from 'vitest'
import type { Storage } from '../port.ts'
import type { Open } from './harness.ts'

const root = new Uint8Array(32).fill(3)
const dayMs = 86_400_000
const most = { all: 3, each: 2 }
const by = (size: number, witness: string, operator = 'sato', at = 5) => ({
  ...{ size, witness, operator, at },
  line: Uint8Array.of(0, 255, 128),
})
const sizesOf = async (storage: Storage) => (await storage.witnesses.heads(0, 100)).map(({ size }) => size)

export const witnessContract = (open: Open): void => {
  test('a head is published once, and its cosignatures come back as they were', async () => {
    const { witnesses } = await open()
    expect(await witnesses.newest()).toBeNull()
    await witnesses.publish({ size: 7, root, at: 10 })
    await witnesses.publish({ size: 7, root: new Uint8Array(32), at: 20 })
    await witnesses.publish({ size: 9, root, at: 30 })
    expect(await witnesses.newest()).toEqual({ size: 9, root, at: 30 })
    expect(await witnesses.heads(7, 1)).toEqual([{ size: 7, root, at: 10 }])
    expect((await witnesses.latest(1)).map(({ size }) => size)).toEqual([9])
    expect(await witnesses.cosign(by(7, 'a'), most)).toBe('kept')
    expect(await witnesses.cosign({ ...by(7, 'a'), at: 6 }, most)).toBe('kept')
    expect(await witnesses.cosign(by(8, 'a'), most)).toBe('unknown')
    expect(await witnesses.cosignatures([7, 9])).toEqual([{ ...by(7, 'a'), at: 6 }])
    expect(await witnesses.cosignatures([])).toEqual([])
  })

  test('keeps only so many cosignatures of a head, and of one operator', async () => {
    const { witnesses } = await open()
    await witnesses.publish({ size: 7, root, at: 10 })
    expect(await witnesses.cosign(by(7, 'a'), most)).toBe('kept')
    expect(await witnesses.cosign(by(7, 'b'), most)).toBe('kept')
    expect(await witnesses.cosign(by(7, 'c'), most)).toBe('enough')
    expect(await witnesses.cosign(by(7, 'c', 'tanaka'), most)).toBe('kept')
    expect(await witnesses.cosign(by(7, 'd', 'suzuki'), most)).toBe('enough')
    expect(await witnesses.cosign(by(7, 'a', 'sato', 9), most)).toBe('kept')
    expect((await witnesses.cosignatures([7])).map(({ witness }) => witness).sort()).toEqual(['a', 'b', 'c'])
  })

  test('of past days keeps the last head with what was signed under it', async () => {
    const storage = await open()
    const { witnesses } = storage
    const heads = [1, 2, dayMs + 1, dayMs + 2, 2 * dayMs + 1, 2 * dayMs + 2]
    for (const [at, time] of heads.entries()) await witnesses.publish({ size: at + 1, root, at: time })
    for (const size of [1, 2]) await witnesses.cosign(by(size, 'a'), most)
    await witnesses.thin(2 * dayMs)
    expect(await sizesOf(storage)).toEqual([2, 4, 5, 6])
    expect((await witnesses.cosignatures([1, 2])).map(({ size }) => size)).toEqual([2])
  })
}
