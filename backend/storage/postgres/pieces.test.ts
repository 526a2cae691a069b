import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createJoiner, piecesOf } from './pieces.ts'

const noise = (bytes: number): string =>
  Array.from({ length: bytes }, () => String.fromCharCode(33 + Math.random() * 90)).join('')

test('what several send in pieces comes out whole, in whatever way they are mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40_000), { maxLength: 4 }), fc.infiniteStream(fc.nat(3)), (sizes, order) => {
      const texts = sizes.map(noise)
      const queues = texts.map((text, nth) => [...piecesOf(text, `s${nth}`, 1)])
      const join = createJoiner('me')
      const out: string[] = []
      for (const turn of order) {
        const waiting = queues.filter((queue) => queue.length > 0)
        if (waiting.length === 0) break
        const piece = waiting[turn % waiting.length]?.shift() ?? ''
        expect(Buffer.byteLength(piece)).toBeLessThan(8_000)
        const text = join(piece)
        if (text !== undefined) out.push(text)
      }
      expect(out.sort()).toEqual([...texts].sort())
    }),
    { numRuns: 30 },
  )
})

test('what is incomplete, our own, garbage or too long is dropped', () => {
  const join = createJoiner('me')
  const [first = '', second = ''] = piecesOf(noise(12_000), 'you', 1)
  expect(join(second)).toBeUndefined()
  expect(join(first)).toBeUndefined()
  expect(piecesOf('next', 'you', 2).map(join)).toEqual(['next'])
  expect(join(second)).toBeUndefined()
  expect(piecesOf('mine', 'me', 1).map(join)).toEqual([undefined])
  expect(piecesOf(noise(1_000_000), 'you', 3)).toEqual([])
  const bomb = piecesOf('0'.repeat(2_000_000), 'you', 4)
  expect(bomb.map(join).every((text) => text === undefined)).toBe(true)
  fc.assert(fc.property(fc.string(), (text) => void join(text)))
})
