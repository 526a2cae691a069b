/** Does work in order, at most so many pieces in one turn of the loop. */
export interface Paced {
  /** Does it at once while nobody waits and this turn has room; in its turn otherwise. */
  enter(work: () => void): void
  /** Pieces that wait. */
  readonly waiting: () => number
}

export const paced = (perTurn: number): Paced => {
  let queue: (() => void)[] = []
  let begun = 0
  let turning = false
  const turn = (): void => {
    const now = queue.slice(0, perTurn)
    queue = queue.slice(perTurn)
    begun = now.length
    turning = begun > 0
    if (turning) setImmediate(turn)
    for (const work of now) work()
  }
  return {
    enter: (work) => {
      if (!turning) setImmediate(turn)
      turning = true
      if (queue.length > 0 || begun >= perTurn) {
        queue.push(work)
        return
      }
      begun++
      work()
    },
    waiting: () => queue.length,
  }
}
