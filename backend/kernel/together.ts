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
