import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { LibralError } from '#protocol/errors.ts'
import type { Hands } from '#trust/bundle/hands.ts'
import type { PlacedEntry } from '#trust/bundle/speaking.ts'
import type { Answer, Question } from './messages.ts'

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (failure: Error) => void
  readonly thread: Worker
}

const mostThreads = 16

/**
 * Hands on all cores. What they learn is one log's: a verification has its own, and closes them.
 * @param program of a thread: worker.ts or its bundle
 */
export const threadHands = (program: string | URL, threads = Math.min(mostThreads, availableParallelism())): Hands => {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let gone: Error | null = null

  const fail = (cause: unknown): void => {
    gone = new LibralError('internal.unexpected', {}, { cause })
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  }
  const start = (): Worker => {
    const thread = new Worker(program, { name: 'bundle' })
    thread.on('message', (answer: Answer) => {
      waiting.get(answer.n)?.resolve(answer)
      waiting.delete(answer.n)
    })
    thread.on('error', fail)
    thread.on('exit', (code) => {
      if ([...waiting.values()].some((one) => one.thread === thread)) fail(code)
    })
    return thread
  }
  const workers = Array.from({ length: threads }, start)

  const ask = (thread: Worker, question: Question & { readonly n: number }, payload: Uint8Array<ArrayBuffer>) =>
    new Promise<Answer>((resolve, reject) => {
      if (gone) return reject(gone)
      waiting.set(question.n, { resolve, reject, thread })
      thread.postMessage(question, [payload.buffer])
    })
  /** The next in turn. */
  const turn = (): { readonly n: number; readonly thread: Worker } => {
    const n = asked++
    const thread = workers[n % workers.length]
    if (thread === undefined) throw new LibralError('internal.unexpected')
    return { n, thread }
  }
  const refused = (answer: Answer): LibralError =>
    'failure' in answer
      ? new LibralError(answer.failure.code, answer.failure.params)
      : new LibralError('internal.unexpected')
  const tell = (threadsToTell: readonly Worker[], { index, bytes }: PlacedEntry): void => {
    // A copy of its own: it is a view of a whole frame.
    const question: Question = { learn: { index, bytes: Uint8Array.from(bytes) } }
    for (const thread of threadsToTell) thread.postMessage(question)
  }

  return {
    width: threads * 3,
    hash: async (hash) => {
      const { n, thread } = turn()
      const answer = await ask(thread, { n, hash }, hash.payload)
      if ('hashed' in answer) return answer.hashed
      throw refused(answer)
    },
    learn: (entry) => tell(workers, entry),
    judge: async (judge, speaking) => {
      const { n, thread } = turn()
      const others = workers.filter((it) => it !== thread)
      for (const entry of speaking) tell(others, entry)
      const answer = await ask(thread, { n, judge }, judge.payload)
      if ('judged' in answer) return answer.judged
      throw refused(answer)
    },
    close: async () => {
      await Promise.all(workers.map((thread) => thread.terminate()))
    },
  }
}
