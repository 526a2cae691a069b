/** Lets desktops in, in the order in which they came, as fast as they are served. */
export interface Arrivals {
  /** Begins at once while there is room, in its turn otherwise; `entered` gives the place to the next one. */
  enter(begin: Begin): void
  /** How many wait. */
  readonly waiting: () => number
  stop(): void
}
export type Begin = (entered: () => void) => void

export interface ArrivalRules {
  /** Begun in one turn of the loop, so that whoever is connected is answered in between. */
  readonly perTurn: number
  /** Begun and not yet in. */
  readonly inside: number
  /** How long this process may idle while a place is kept, ms. */
  readonly idleMs: number
  /** How long a place is kept at most, ms. */
  readonly mostMs: number
  /** For how long this process has idled so far, ms. */
  readonly idle: () => number
}

export const ownIdleTime = (): number => performance.eventLoopUtilization().idle

/** How often places are looked at while somebody waits, ms. */
const lookMs = 50

/** So many who were begun are forgotten at once. */
const compactFrom = 1_024

interface Place {
  readonly since: number
  readonly idle: number
}

/**
 * When thousands come back at once and all go step by step together, each is in only when the last one is: on a busy
 * machine too late for everybody, who give up and come again. So those who were begun are served to the end before others
 * begin. Nobody holds a place by saying nothing: while this process idles, it is they who are waited for.
 */
export const createArrivals = ({ perTurn, inside, idleMs, mostMs, idle }: ArrivalRules): Arrivals => {
  const places = new Set<Place>()
  let queue: Begin[] = []
  let first = 0
  let begun = 0
  let turning = false
  let looking: NodeJS.Timeout | undefined

  const waiting = (): number => queue.length - first
  const room = (): boolean => begun < perTurn && places.size < inside

  const begin = (work: Begin): void => {
    const place = { since: performance.now(), idle: idle() }
    places.add(place)
    begun++
    nextTurn()
    work(() => {
      if (places.delete(place) && waiting() > 0) nextTurn()
    })
  }
  const nextTurn = (): void => {
    if (turning) return
    turning = true
    setImmediate(() => {
      turning = false
      begun = 0
      admit()
    })
  }
  const admit = (): void => {
    while (waiting() > 0 && room()) begin(queue[first++] as Begin)
    if (waiting() === 0) stop()
    else look()
    if (first < compactFrom) return
    queue = queue.slice(first)
    first = 0
  }
  const look = (): void => {
    looking ??= setInterval(() => {
      const [now, idled] = [performance.now(), idle()]
      for (const place of places) {
        if (idled - place.idle >= idleMs || now - place.since >= mostMs) places.delete(place)
      }
      nextTurn()
    }, lookMs)
  }
  const stop = (): void => {
    clearInterval(looking)
    looking = undefined
    queue = []
    first = 0
  }
  return {
    enter: (work) => {
      queue.push(work)
      if (waiting() === 1 && room()) admit()
      else look()
    },
    waiting,
    stop,
  }
}
