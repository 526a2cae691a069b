import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { LibralError } from '#protocol/errors.ts'
import type { Hands } from '#trust/bundle/hands.ts'
import type { PlacedEntry } from '#trust/bundle/speaking.ts'
import type { Answer, Question } from './messages.ts'

/** A thread, and how many questions it has still to answer. */
interface Hand {
  readonly thread: Worker
  open: number
}
interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (failure: Error) => void
  readonly hand: Hand
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
  const start = (): Hand => {
    const hand: Hand = { thread: new Worker(program, { name: 'bundle' }), open: 0 }
    hand.thread.on('message', (answer: Answer) => {
      hand.open--
      waiting.get(answer.n)?.resolve(answer)
      waiting.delete(answer.n)
    })
    hand.thread.on('error', fail)
    hand.thread.on('exit', (code) => {
      if ([...waiting.values()].some((one) => one.hand === hand)) fail(code)
    })
    return hand
  }
  const hands = Array.from({ length: threads }, start)

  const ask = (hand: Hand, question: Question & { readonly n: number }, payload: Uint8Array<ArrayBuffer>) =>
    new Promise<Answer>((resolve, reject) => {
      if (gone) return reject(gone)
      waiting.set(question.n, { resolve, reject, hand })
      hand.open++
      hand.thread.postMessage(question, [payload.buffer])
    })
  /** The next question, and who has the least to do: a core may be shared with others. */
  const turn = (): { readonly n: number; readonly hand: Hand } => {
    const n = asked++
    const least = Math.min(...hands.map(({ open }) => open))
    const hand = hands.find(({ open }) => open === least)
    if (hand === undefined) throw new LibralError('internal.unexpected')
    return { n, hand }
  }
  const refused = (answer: Answer): LibralError =>
    'failure' in answer
      ? new LibralError(answer.failure.code, answer.failure.params)
      : new LibralError('internal.unexpected')
  const tell = (handsToTell: readonly Hand[], { index, bytes }: PlacedEntry): void => {
    // A copy of its own: it is a view of a whole frame.
    const question: Question = { learn: { index, bytes: Uint8Array.from(bytes) } }
    for (const { thread } of handsToTell) thread.postMessage(question)
  }

  return {
    width: threads * 3,
    hash: async (hash) => {
      const { n, hand } = turn()
      const answer = await ask(hand, { n, hash }, hash.payload)
      if ('hashed' in answer) return answer.hashed
      throw refused(answer)
    },
    learn: (entry) => tell(hands, entry),
    judge: async (judge, speaking) => {
      const { n, hand } = turn()
      const others = hands.filter((it) => it !== hand)
      for (const entry of speaking) tell(others, entry)
      const answer = await ask(hand, { n, judge }, judge.payload)
      if ('judged' in answer) return answer.judged
      throw refused(answer)
    },
    close: async () => {
      await Promise.all(hands.map(({ thread }) => thread.terminate()))
    },
  }
}
