/** Log-spaced buckets: 8 % wide, from 0.01 ms to 100 s. */
const smallest = 0.01
const growth = Math.log(1.08)
const size = Math.ceil(Math.log(100_000 / smallest) / growth) + 2

export const bucketOf = (ms: number): number =>
  ms <= smallest ? 0 : Math.min(size - 1, 1 + Math.floor(Math.log(ms / smallest) / growth))

/** The middle, on the log scale, of a bucket. */
export const middleOf = (bucket: number): number =>
  bucket === 0 ? smallest : smallest * Math.exp(growth * (bucket - 0.5))

/** Durations of a sliding window, forgotten slot by slot. */
export interface SlidingHistogram {
  record(ms: number, failed: boolean, now: number): void
  view(now: number): WindowView
}
export interface WindowView {
  readonly requests: number
  readonly errors: number
  /** @param share 0.5, 0.95 …; null while nothing was recorded */
  quantile(share: number): number | null
}

interface Slot {
  start: number
  requests: number
  errors: number
  readonly counts: Uint32Array
}

const quantileOf = (counts: Uint32Array, total: number, share: number): number | null => {
  if (total === 0) return null
  const wanted = Math.max(1, Math.ceil(total * share))
  let seen = 0
  for (const [bucket, count] of counts.entries()) {
    seen += count
    if (seen >= wanted) return middleOf(bucket)
  }
  return middleOf(size - 1)
}

export const createSlidingHistogram = (slots: number, slotMs: number): SlidingHistogram => {
  const ring: Slot[] = Array.from({ length: slots }, () => ({
    start: -1,
    requests: 0,
    errors: 0,
    counts: new Uint32Array(size),
  }))

  const slotAt = (now: number): Slot | undefined => {
    const start = Math.floor(now / slotMs)
    const slot = ring[start % slots]
    if (slot && slot.start !== start) {
      slot.start = start
      slot.requests = 0
      slot.errors = 0
      slot.counts.fill(0)
    }
    return slot
  }

  return {
    record: (ms, failed, now) => {
      const slot = slotAt(now)
      if (!slot) return
      const bucket = bucketOf(ms)
      slot.requests += 1
      slot.errors += failed ? 1 : 0
      slot.counts[bucket] = (slot.counts[bucket] ?? 0) + 1
    },
    view: (now) => {
      const newest = Math.floor(now / slotMs)
      const live = ring.filter((slot) => slot.start > newest - slots && slot.start <= newest)
      const sum = (of: (slot: Slot) => number): number => live.reduce((total, slot) => total + of(slot), 0)
      const requests = sum((slot) => slot.requests)
      const counts = new Uint32Array(size)
      for (const slot of live) {
        if (slot.requests === 0) continue
        for (let bucket = 0; bucket < size; bucket += 1)
          counts[bucket] = (counts[bucket] ?? 0) + (slot.counts[bucket] ?? 0)
      }
      return { requests, errors: sum((slot) => slot.errors), quantile: (share) => quantileOf(counts, requests, share) }
    },
  }
}
