/** Runs actions one after another, in the order in which they were asked for. One that fails does not stop the next. */
export type Queue = <T>(action: () => Promise<T>) => Promise<T>

export const makeQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  return (action) => {
    const run = last.then(action)
    last = run.catch(() => undefined)
    return run
  }
}
