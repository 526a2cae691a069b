/**
 * The growth of counters per second. A counter that went backwards (a device came anew, a machine woke up) gives no rate
 * for this once.
 */
export interface Rates {
  /** @param counters by name; @param now ms of a clock that only goes forward */
  per(counters: Readonly<Record<string, number>>, now: number): Readonly<Record<string, number>>
}

export const createRates = (): Rates => {
  let before: { readonly counters: Readonly<Record<string, number>>; readonly at: number } | undefined
  return {
    per: (counters, now) => {
      const last = before
      if (last && now <= last.at) return {}
      before = { counters, at: now }
      if (!last) return {}
      const seconds = (now - last.at) / 1000
      const grown = Object.entries(counters).flatMap(([name, counter]) => {
        const growth = counter - (last.counters[name] ?? Number.NaN)
        return growth >= 0 ? [[name, growth / seconds] as const] : []
      })
      return Object.fromEntries(grown)
    },
  }
}
