/** Between two reads in a row, ms: those who come meanwhile share the second. */
const gatherMs = 5

/**
 * A read that many ask for at once. One under way may have begun before the call: then another follows it, shared by all
 * who wait.
 */
export const freshly = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const begin = (): Promise<T> => {
    running = read().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (next) return next
    if (!running) return begin()
    next = running
      .catch(() => undefined)
      .then(() => new Promise((resolve) => setTimeout(resolve, gatherMs)))
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
