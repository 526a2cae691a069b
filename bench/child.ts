import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of a benchmark's own; what it sends may hold bytes and big numbers. */
export const startChild = (file: string): ChildProcess => fork(file, { serialization: 'advanced' })

/** The child's next message; rejects when it ends before. */
export const answer = async <T>(child: ChildProcess): Promise<T> => {
  const waiting = new AbortController()
  const { signal } = waiting
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('a process of the benchmark ended early')
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message as T
  } finally {
    waiting.abort()
    ended.catch(() => undefined)
  }
}
