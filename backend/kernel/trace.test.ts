import { expect, it } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import { traceOf } from './trace.ts'

it('says where, and never what', () => {
  expect(traceOf(new LibralError('storage.full'))).toEqual({ code: 'storage.full' })
  const trace = traceOf(new TypeError('password 1234'))
  expect(trace).toMatchObject({ code: 'internal.unexpected', error: 'TypeError' })
  expect(trace['at']).toMatch(/^trace\.test\.ts:\d+$/)
  const wrapped = new LibralError('internal.unexpected', {}, { cause: new RangeError('secret') })
  expect(JSON.stringify(traceOf(wrapped))).not.toContain('secret')
  expect(traceOf(wrapped)).toMatchObject({ error: 'RangeError' })
  expect(traceOf('text')).toEqual({ code: 'internal.unexpected' })
})
