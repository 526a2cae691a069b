/** Repeatable chance: LIBRAL_SEED=N runs a failed test again as it was. */
export interface Chance {
  readonly seed: number
  /** In [0, 1). */
  next(): number
}

export const chance = (): Chance => {
  const seed = Number(process.env['LIBRAL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  let state = seed
  return {
    seed,
    next: () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 4_294_967_296
    },
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
