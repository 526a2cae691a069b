import { describe, expect, it } from 'vitest'
import { keptSubtrees } from './kept-subtrees.ts'

describe('kept subtrees', () => {
  it('are read once, also by those who ask at once', async () => {
    const asked: string[] = []
    const hashOf = keptSubtrees(async (level, index) => {
      asked.push(`${level} ${index}`)
      return new Uint8Array([level, index])
    })
    const [one, same] = await Promise.all([hashOf(3, 1), hashOf(3, 1)])
    expect(one).toEqual(same)
    await hashOf(3, 1)
    expect(await hashOf(1, 3)).toEqual(new Uint8Array([1, 3]))
    expect(asked).toEqual(['3 1', '1 3'])
  })

  it('are asked for again after a failure', async () => {
    let away = true
    const hashOf = keptSubtrees(async () => {
      if (away) throw new Error('away')
      return new Uint8Array()
    })
    await expect(hashOf(0, 0)).rejects.toThrow('away')
    away = false
    expect(await hashOf(0, 0)).toEqual(new Uint8Array())
  })

  it('stay bounded', async () => {
    let asked = 0
    const hashOf = keptSubtrees(async () => {
      asked++
      return new Uint8Array()
    })
    for (let index = 0; index < 20_000; index++) await hashOf(0, index)
    await hashOf(0, 0)
    expect(asked).toBe(20_001)
  })
})
