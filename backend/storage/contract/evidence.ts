import { expect, test } from 'vitest'
import type { Open } from './harness.ts'

const digest = (n: number): string => String.fromCharCode(65 + n).repeat(43)
const bytes = (n: number): Uint8Array => Uint8Array.from({ length: 3 + n }, (_, at) => at * 7 + n)

export const evidenceContract = (open: Open): void => {
  test('evidence is kept once, named by entries, and listed in pages', async () => {
    const { evidence, write } = await open()
    for (const n of [0, 1, 2, 0]) await evidence.keep(digest(n), bytes(n), 10)
    expect(await evidence.bytes(digest(2))).toEqual(bytes(2))
    expect(await evidence.bytes(digest(9))).toBeNull()
    await write(async ({ evidence: writer }) => {
      expect(await writer.kept([digest(1), digest(9)])).toEqual(new Set([digest(1)]))
      expect(await writer.kept([])).toEqual(new Set())
      await writer.name(4, [digest(1), digest(0)])
      await writer.name(7, [digest(0)])
      await writer.name(8, [])
    })
    const all = [
      { index: 4, digest: digest(0), bytes: 3 },
      { index: 4, digest: digest(1), bytes: 4 },
      { index: 7, digest: digest(0), bytes: 3 },
    ]
    expect(await evidence.named(0, 10, null, 9)).toEqual(all)
    expect(await evidence.named(0, 10, null, 1)).toEqual(all.slice(0, 1))
    expect(await evidence.named(0, 10, all[0] ?? null, 9)).toEqual(all.slice(1))
    expect(await evidence.named(5, 7, null, 9)).toEqual([])
  })

  test('what an entry names stays, and what none names goes once it was not handed over for long', async () => {
    const { evidence, write } = await open()
    for (let n = 0; n < 130; n++) await evidence.keep(`${n}`.padStart(43, '0'), bytes(0), 10)
    await evidence.keep(digest(1), bytes(1), 10)
    await evidence.keep(digest(2), bytes(2), 10)
    await evidence.keep(digest(2), bytes(2), 20)
    await write((writer) => writer.evidence.name(0, [digest(1)]))
    expect(await evidence.sweep(20)).toBe(130)
    expect(await evidence.bytes(digest(1))).toEqual(bytes(1))
    expect(await evidence.bytes(digest(2))).toEqual(bytes(2))
    expect(await evidence.sweep(21)).toBe(1)
  })
}
