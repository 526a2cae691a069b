/** Runs actions one after another, in the order in which they were asked for. One that fails does not stop the next. */
export type Queue = <T>(action: () => Promise<T>) => Promise<T>

/** How long actions may follow each other before timers and sockets get their turn. */
const turnMs = 10

/**
 * SQLite answers at once, so actions in a row are one long run of microtasks that would keep everything else of the
 * process waiting: after {@link turnMs} the queue lets the event loop go round.
 */
export const makeQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  let turnBegan: number | undefined

  const myTurn = (): Promise<void> | undefined => {
    if (turnBegan === undefined) {
      turnBegan = performance.now()
      setImmediate(() => {
        turnBegan = undefined
      })
    }
    return performance.now() - turnBegan < turnMs ? undefined : new Promise((resolve) => setImmediate(resolve))
  }

  return (action) => {
    const run = last.then(async () => {
      await myTurn()
      return action()
    })
    last = run.catch(() => undefined)
    return run
  }
}
