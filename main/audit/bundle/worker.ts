import { parentPort } from 'node:worker_threads'
import { failureOf } from '#protocol/errors.ts'
import { createFrameWork, type HashOrder, type JudgeOrder } from '#trust/bundle/frame-work.ts'
import type { PlacedEntry } from '#trust/bundle/speaking.ts'
import type { Answer, Question } from './messages.ts'

/** Entry of a thread that does the work of frames for a verification: what it is told comes in the order of the log. */

const port = parentPort
if (port === null) throw new Error('no parent')
const work = createFrameWork()

const tell = (answer: Answer, bytes: readonly Uint8Array<ArrayBuffer>[] = []): void =>
  port.postMessage(answer, [...new Set(bytes.map(({ buffer }) => buffer))])

const hash = (n: number, order: HashOrder): void => tell({ n, hashed: work.hash(order) })

const judge = async (n: number, order: JudgeOrder): Promise<void> => {
  const judged = await work.judge(order)
  tell({ n, judged }, [judged.ids, judged.standings])
}

const learn = (entry: PlacedEntry): void => work.learn(entry)

const answer = async (question: Question): Promise<void> => {
  if ('learn' in question) learn(question.learn)
  else if ('hash' in question) hash(question.n, question.hash)
  else await judge(question.n, question.judge)
}

port.on('message', (question: Question) => {
  answer(question).catch((thrown: unknown) => {
    if ('n' in question) tell({ n: question.n, failure: failureOf(thrown) })
  })
})
