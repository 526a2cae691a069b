import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import assembler from 'wabt'
import { xorInto } from './ocb-block.ts'
import { passOver, passProgram } from './ocb-pass.ts'

test('the program is what its text says', async () => {
  const text = readFileSync(new URL('./ocb-pass.wat', import.meta.url), 'utf8')
  const { buffer } = (await assembler()).parseWat('ocb-pass.wat', text).toBinary({})
  expect(passProgram).toBe(Buffer.from(buffer).toString('base64'))
})

const blocks = fc.integer({ min: 1, max: 9_000 })
const one = fc.uint8Array({ minLength: 16, maxLength: 16 })
/** Some bytes that differ from place to place, without asking for thousands of random ones. */
const filled = (length: number, step: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * step + (i >>> 8))

test('is XOR with the table and the first block, and sums what was there and what is there', () => {
  fc.assert(
    fc.property(blocks, blocks, one, fc.nat(255), (count, more, first, step) => {
      const [data, table] = [filled(count * 16, step), filled((count + more) * 16, step + 3)]
      const given = data.slice()
      const passed = passOver(data, table, first)
      expect(data).toEqual(given)
      const [before, after, all] = [new Uint8Array(16), new Uint8Array(16), new Uint8Array(count * 16)]
      for (let at = 0; at < all.byteLength; at += 16) {
        const block = data.slice(at, at + 16)
        xorInto(before, block)
        xorInto(block, table.subarray(at))
        xorInto(block, first)
        xorInto(after, block)
        all.set(block, at)
      }
      expect(Buffer.from(passed.data).equals(all)).toBe(true)
      expect([passed.before, passed.after]).toEqual([before, after])
    }),
    { numRuns: 30 },
  )
})
