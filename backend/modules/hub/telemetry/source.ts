/** Somewhere that figures come from. A source that fails or hangs is absent from the sample; it never holds it up. */
export interface Source<T> {
  readonly name: string
  readonly everyMs: number
  /** Longer than this counts as failed. */
  readonly timeOutMs: number
  read(): Promise<T>
}

export interface Poller<T> {
  readonly name: string
  /** Starts a reading when one is due and none is under way; resolves when it has ended or timed out, never rejects. */
  poll(now: number): Promise<void>
  /** The last reading, unless it failed or is too old to stand for now. */
  latest(now: number): T | undefined
}

const timeOut = (ms: number): { readonly passed: Promise<undefined>; readonly clear: () => void } => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  return { passed: promise, clear: () => clearTimeout(timer) }
}

/** @param failed told once when a source that worked begins to fail */
export const createPoller = <T>(source: Source<T>, failed: (name: string, reason: unknown) => void): Poller<T> => {
  let reading: { readonly value: T; readonly at: number } | undefined
  let dueAt = Number.NEGATIVE_INFINITY
  let underWay = false
  let working = true

  const missed = (reason: unknown): void => {
    reading = undefined
    if (working) failed(source.name, reason)
    working = false
  }

  const readOnce = async (now: number): Promise<void> => {
    const { passed, clear } = timeOut(source.timeOutMs)
    underWay = true
    const done = source
      .read()
      .then((value) => ({ value }))
      .finally(() => {
        // A reading that hangs is not started a second time: that would pile up threads.
        underWay = false
      })
    try {
      const result = await Promise.race([done, passed])
      if (!result) return missed(new Error('timed out'))
      reading = { value: result.value, at: now }
      working = true
    } catch (reason) {
      missed(reason)
    } finally {
      clear()
      done.catch(() => undefined)
    }
  }

  return {
    name: source.name,
    poll: async (now) => {
      if (underWay || (now < dueAt && now >= dueAt - source.everyMs)) return
      // A tenth of slack: the tick that asks comes a little early at times.
      dueAt = now + source.everyMs * 0.9
      await readOnce(now)
    },
    latest: (now) => {
      if (!reading || now - reading.at > source.everyMs * 2 + source.timeOutMs) return undefined
      return reading.value
    },
  }
}
