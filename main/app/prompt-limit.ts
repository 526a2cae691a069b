/** At most this many dismissed questions within this time: whoever asks on and on would get a yes by mistake in the end. */
export const promptLimits = { dismissed: 5, withinMs: 60_000 } as const

/** Counts how often the vault's questions were dismissed in a row, whatever part of the app wanted them. */
export interface PromptLimit {
  /** Whether no window may come up now. */
  reached(now: number): boolean
  dismissed(now: number): void
  /** A person said yes: they are there, and mean it. */
  answered(): void
}

export const createPromptLimit = (): PromptLimit => {
  let times: readonly number[] = []
  return {
    reached: (now) => times.filter((at) => at > now - promptLimits.withinMs).length >= promptLimits.dismissed,
    dismissed: (now) => {
      times = [...times, now].slice(-promptLimits.dismissed)
    },
    answered: () => {
      times = []
    },
  }
}
