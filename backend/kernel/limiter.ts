/** Runs at most `limit` pieces of work at once; the rest wait in order. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>

export const createLimiter = (limit: number): Limiter => {
  let running = 0
  const waiting: (() => void)[] = []
  const enter = (): Promise<void> | undefined => {
    if (running < limit) {
      running++
      return undefined
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  return async (work) => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
