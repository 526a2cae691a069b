/** A call that may come often, done at once when idle and then at most every so often; the last one is never lost. */
export interface Coalesced {
  readonly ask: () => void
  readonly cancel: () => void
}

export const coalesce = (everyMs: number, act: () => void): Coalesced => {
  let timer: NodeJS.Timeout | null = null
  let again = false

  const pause = (): void => {
    timer = setTimeout(() => {
      timer = null
      if (!again) return
      again = false
      pause()
      act()
    }, everyMs)
  }

  return {
    ask: () => {
      if (timer !== null) {
        again = true
        return
      }
      pause()
      act()
    },
    cancel: () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      again = false
    },
  }
}
