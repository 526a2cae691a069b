/** Runs work one at a time, in the order in which it was asked for. Work that fails does not stop the next. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>

export const makeQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
