import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LibralError } from '#protocol/errors.ts'
import { answerFrame, idOfRefused, parseRpcFrame } from './rpc-frame.ts'

const limit = 64 * 1024
const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const codeOf = (value: unknown): string => {
  try {
    parseRpcFrame(bytes(value), limit)
    return 'ok'
  } catch (refusal) {
    return (refusal as LibralError).code
  }
}

test('a request and a cancellation are read', () => {
  expect(parseRpcFrame(bytes({ i: '1', p: { u: '/a/b', b: { json: { x: 1 } } } }), limit)).toEqual({
    kind: 'request',
    id: '1',
    path: '/a/b',
    input: { x: 1 },
  })
  expect(parseRpcFrame(bytes({ i: '1', t: 4 }), limit)).toEqual({ kind: 'abort', id: '1' })
})

test('a page of the feed is asked for between them, and nothing else of the feed is', () => {
  const request = { t: 'page', collection: 'events', after: null }
  expect(parseRpcFrame(bytes(request), limit)).toEqual({ kind: 'page', request })
  expect(codeOf({ ...request, i: '1' })).toBe('input.invalid')
  expect(codeOf({ t: 'open', ticket: 'x', cursors: {}, telemetry: false })).toBe('input.invalid')
})

test('what our contract has no use for is refused', () => {
  const base = { i: '1', p: { u: '/a/b', b: { json: 1 } } }
  expect(codeOf({ ...base, t: 3 })).toBe('input.invalid')
  expect(codeOf({ ...base, p: { ...base.p, h: {} } })).toBe('input.invalid')
  expect(codeOf({ ...base, p: { u: '/a/b?x=1' } })).toBe('input.invalid')
  expect(codeOf({ ...base, p: { u: '/a//b' } })).toBe('input.invalid')
  expect(codeOf({ ...base, p: { u: '/a/b', b: { json: 1, maps: [] } } })).toBe('input.invalid')
  expect(codeOf({ ...base, i: '' })).toBe('input.invalid')
  expect(codeOf('"x"')).toBe('input.invalid')
  expect(codeOf(`"${'x'.repeat(limit)}"`)).toBe('input.too-large')
})

test('whatever comes is read, or refused with a code of ours', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes)), (input) => {
      try {
        parseRpcFrame(input, limit)
      } catch (refusal) {
        expect((refusal as LibralError).code).toMatch(/^input\./)
      }
      const id = idOfRefused(input)
      expect(id === undefined || typeof id === 'string' || Number.isSafeInteger(id)).toBe(true)
    }),
  )
})

test('the id of a refused frame is found wherever JSON.parse finds one', () => {
  expect(idOfRefused(bytes('{"i":"7","p":1,"p":2}'))).toBe('7')
  expect(idOfRefused(bytes('{"i":12}'))).toBe(12)
  expect(idOfRefused(bytes('{"i":1.5}'))).toBeUndefined()
  expect(idOfRefused(bytes('[]'))).toBeUndefined()
  expect(idOfRefused(bytes('{'))).toBeUndefined()
})

test('an answer leaves the status of success out, as oRPC does', () => {
  expect(JSON.parse(answerFrame('1', 200, { json: 1 }))).toEqual({ i: '1', p: { b: { json: 1 } } })
  expect(JSON.parse(answerFrame(2, 400, { json: 1 }))).toEqual({ i: 2, p: { s: 400, b: { json: 1 } } })
})
