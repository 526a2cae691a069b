import { LibralError } from '#protocol/errors.ts'
import { type Answer, answerSchema, type Question, type VaultNews } from '#protocol/vault-window.ts'
import type { Ask, Asked } from './question.ts'
import type { SayVault } from './texts.ts'
import { wordsOf } from './words.ts'

/** Electron's MessagePortMain, as far as it is used. */
export interface WindowPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  postMessage(question: Question | { readonly t: 'busy' }): void
  start(): void
  close(): void
}

/** Main opened the window and its page sent its port; null: it was closed before; refused: none came up. */
export type Opened = WindowPort | null | 'refused'

/** More than any work of a person asks for at once. */
const mostPending = 16

/**
 * Asks in a window that main opens and this process draws. What is typed comes over the window's own port: main sees
 * neither the question's answer nor the port's messages.
 */
export function createWindowAsk(tell: (news: VaultNews) => void, say: SayVault, lang: Question['lang']) {
  const waiting = new Map<number, (opened: Opened) => void>()
  let next = 1
  let pending = 0
  let last: Promise<unknown> = Promise.resolve()

  const inWindow = async <T extends {}>(asked: Asked, use: Use<T>): Promise<T> => {
    const id = next++
    const opening = new Promise<Opened>((resolve) => waiting.set(id, resolve))
    tell({ t: 'ask', id, lines: linesOf(asked), title: asked.title })
    const opened = await opening
    let outcome: Outcome = opened === 'refused' ? 'none' : 'answered'
    try {
      if (opened === 'refused') throw new LibralError('vault.asked-too-often')
      if (opened === null) throw new LibralError('vault.declined')
      return await converse(opened, questionOf(asked, say, lang), use)
    } catch (thrown) {
      if (thrown instanceof LibralError && thrown.code === 'vault.declined')
        outcome = asked.words?.cancel === '' ? 'none' : 'dismissed'
      throw thrown
    } finally {
      waiting.delete(id)
      if (opened !== 'refused') opened?.close()
      tell({ t: 'asked', id, outcome })
    }
  }
  /** One window at a time, and few that wait behind it. */
  const ask: Ask = async (asked, use) => {
    if (pending >= mostPending) throw new LibralError('vault.asked-too-often')
    pending += 1
    const done = last.then(() => inWindow(asked, use)).finally(() => (pending -= 1))
    last = done.catch(() => {})
    return done
  }
  return {
    ask,
    opened(id: number, opened: Opened): void {
      waiting.get(id)?.(opened)
    },
  }
}

type Outcome = Extract<VaultNews, { t: 'asked' }>['outcome']
type Use<T> = (secret: Uint8Array, choice: number) => Promise<T | null>

async function converse<T extends {}>(port: WindowPort, question: Question, use: Use<T>): Promise<T> {
  const answers = answersOf(port)
  for (let wrong = question.wrong; ; wrong = true) {
    port.postMessage({ ...question, wrong })
    const answer = await answers()
    if (answer.t === 'cancel') throw new LibralError('vault.declined')
    port.postMessage({ t: 'busy' })
    const used = await use(answer.secret, answer.choice)
    answer.secret.fill(0)
    if (used !== null) return used
  }
}

/** Gives one answer after another; a closed port is a cancel, for good. */
function answersOf(port: WindowPort): () => Promise<Answer> {
  let closed = false
  let take: ((answer: Answer) => void) | null = null
  port.on('message', ({ data }) => {
    const answer = answerSchema.safeParse(data)
    if (answer.success) take?.(answer.data)
  })
  port.on('close', () => {
    closed = true
    take?.({ t: 'cancel' })
  })
  port.start()
  return () => (closed ? Promise.resolve({ t: 'cancel' }) : new Promise((resolve) => (take = resolve)))
}

const questionOf = (asked: Asked, say: SayVault, lang: Question['lang']): Question => ({
  t: 'question',
  lang,
  title: asked.title,
  body: [...asked.body],
  facts: [...asked.facts],
  fields: asked.fields,
  choices: asked.choices ?? null,
  danger: asked.danger ?? false,
  wrong: asked.wrong ?? false,
  least: asked.least ?? 1,
  words: wordsOf(asked, say),
})

/** How tall the window has to be, in lines of text. */
const linesOf = ({ body, facts, fields, choices }: Asked): number =>
  body.length * 3 +
  (choices ? 1 + choices.items.length * 3 : 0) +
  facts.reduce((sum, { value }) => sum + 1 + Math.ceil(value.length / 44), 0) +
  { none: 0, one: 4, two: 7, line: 4 }[fields]
