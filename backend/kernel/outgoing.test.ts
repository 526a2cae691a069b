import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createOutgoing } from './outgoing.ts'

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (thrown) => thrown.params?.reason ?? thrown.message,
  )
const failing = () => Promise.reject(new Error('broken'))
const never = () => new Promise<never>(() => undefined)

describe('what is called outside', () => {
  it('is left alone after failures in a row, and tried again later', async () => {
    const outgoing = createOutgoing('x', { failures: 2, coolMs: 1 })
    expect(await reasonOf(outgoing.run(failing))).toBe('broken')
    expect(await reasonOf(outgoing.run(failing))).toBe('broken')
    expect(outgoing.open()).toBe(true)
    await expect.poll(() => reasonOf(outgoing.run(async () => 'well'))).toBe('none')
    expect(outgoing.open()).toBe(false)
    const cold = createOutgoing('x', { failures: 1, coolMs: 60_000 })
    await reasonOf(cold.run(failing))
    expect(await reasonOf(cold.run(async () => 'well'))).toBe('open')
  })

  it('may refuse without being broken', async () => {
    const outgoing = createOutgoing('x', { failures: 1, isFailure: (thrown) => !(thrown instanceof TypeError) })
    expect(await reasonOf(outgoing.run(() => Promise.reject(new TypeError('no'))))).toBe('no')
    expect(outgoing.open()).toBe(false)
  })

  it('is waited for so long, and called so often at once', async () => {
    const slow = createOutgoing('x', { timeoutMs: 5 })
    expect(await reasonOf(slow.run(never))).toBe('time-out')
    const narrow = createOutgoing('x', { concurrent: 1, queued: 1, timeoutMs: 1_000 })
    const [first, second] = [reasonOf(narrow.run(never)), reasonOf(narrow.run(async () => undefined))]
    expect(await reasonOf(narrow.run(async () => undefined))).toBe('full')
    expect(await Promise.all([first, second])).toEqual(['time-out', 'none'])
  })

  it('is not blamed for an answer that was there while this process was busy', async () => {
    const outgoing = createOutgoing('x', { timeoutMs: 5, failures: 1 })
    const answered = outgoing.run(() => {
      const { port1, port2 } = new MessageChannel()
      port2.postMessage('there')
      return new Promise((resolve) => port1.once('message', resolve)).finally(() => port1.close())
    })
    const until = performance.now() + 200
    while (performance.now() < until);
    expect(await reasonOf(answered)).toBe('none')
  })

  it('is told when whoever asked has gone', async () => {
    const gone = new AbortController()
    const heard = Promise.withResolvers<void>()
    const call = createOutgoing('x').run((signal) => {
      signal.addEventListener('abort', () => heard.resolve())
      return never()
    }, gone.signal)
    call.catch(() => undefined)
    gone.abort()
    await heard.promise
  })
})
