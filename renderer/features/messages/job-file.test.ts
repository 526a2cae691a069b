import { expect, test } from 'vitest'
import type { FileProgress } from '#protocol/messages.ts'
import { advanced, waiting } from './job-file.ts'

const file = waiting({ token: '', name: 'a.pgp', size: 100 })
const running = (phase: 'checking' | 'working', done: number): Exclude<FileProgress, { state: 'ended' }> => ({
  state: 'running',
  index: 0,
  phase,
  done,
  total: 100,
})

test('the rate is of the present pass alone, and waits until it means something', () => {
  const begun = advanced(file, running('checking', 0), 1_000)
  expect(advanced(begun, running('checking', 10), 1_100).perSecond).toBeNull()
  expect(advanced(begun, running('checking', 100), 2_000).perSecond).toBe(100)
  const second = advanced(begun, running('working', 0), 5_000)
  expect(advanced(second, running('working', 50), 6_000)).toMatchObject({ state: 'running', perSecond: 50, done: 50 })
})

test('a finished file has its result, a failed one its reason', () => {
  const output = { token: 't', name: 'a' }
  const finished = advanced(file, { state: 'finished', index: 0, reading: null, output }, 0)
  expect(finished).toMatchObject({ state: 'finished', output, done: 100 })
  const failure = { code: 'openpgp.tampered' as const, params: {} }
  expect(advanced(file, { state: 'failed', index: 0, failure }, 0)).toMatchObject({ state: 'failed', failure })
})
