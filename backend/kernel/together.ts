/**
 * Puts what is asked for in one turn of the loop into one question. Answers are in the order of the asked; a failure is
 * everyone's.
 */
export const together = <Ask, Answer>(
  askAll: (asked: readonly Ask[]) => Promise<readonly Answer[]>,
): ((ask: Ask) => Promise<Answer>) => {
  let asked: Ask[] = []
  let answers: Promise<readonly Answer[]> | undefined
  const leave = (): Promise<readonly Answer[]> => {
    const all = asked
    asked = []
    answers = undefined
    return askAll(all)
  }
  return async (ask) => {
    const place = asked.push(ask) - 1
    answers ??= new Promise((resolve) => setImmediate(resolve)).then(leave)
    return (await answers)[place] as Answer
  }
}

/**
 * One piece of work at a time, each over all that was asked while the one before it was under way, at most `most`; the
 * first after a pause waits for `restMs`, or one turn of the loop. A failure is that of its batch.
 */
export const inBatches = <Ask, Answer>(
  { most, restMs = 0 }: { readonly most: number; readonly restMs?: number },
  answerAll: (asked: readonly Ask[]) => Promise<readonly Answer[]>,
): ((ask: Ask) => Promise<Answer>) => {
  interface Waiting {
    readonly ask: Ask
    readonly resolve: (answer: Answer) => void
    readonly reject: (reason: unknown) => void
  }
  const waiting: Waiting[] = []
  let working = false
  const work = async (): Promise<void> => {
    await new Promise((resolve) => (restMs > 0 ? setTimeout(resolve, restMs) : setImmediate(resolve)))
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most)
      try {
        const answers = await answerAll(batch.map(({ ask }) => ask))
        for (const [nth, { resolve }] of batch.entries()) resolve(answers[nth] as Answer)
      } catch (reason) {
        for (const { reject } of batch) reject(reason)
      }
    }
    working = false
  }
  return (ask) =>
    new Promise((resolve, reject) => {
      waiting.push({ ask, resolve, reject })
      if (working) return
      working = true
      void work()
    })
}
