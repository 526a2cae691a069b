/** The seed of a random run: printed, and taken from LIBRAL_SEED to replay one. */
export const seedOf = (name: string): number => {
  const given = Number(process.env['LIBRAL_SEED'])
  const seed = Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31)
  console.info(`${name}: LIBRAL_SEED=${seed}`)
  return seed
}

/** mulberry32: small and good enough to choose moments with. Answers numbers in [0, 1). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
