/** What decides whether new rows may enter the list by themselves. */
export interface TailView {
  readonly paused: boolean
  /** Oldest first: new rows come at the end, nothing moves. */
  readonly oldestFirst: boolean
  readonly atTop: boolean
  /** Rows never move away from under the pointer. */
  readonly pointerInside: boolean
}

export const follows = ({ paused, oldestFirst, atTop, pointerInside }: TailView): boolean =>
  !paused && !oldestFirst && atTop && !pointerInside

export interface Fresh {
  readonly count: number
  /** There are more than the first page could tell. */
  readonly capped: boolean
}

/**
 * How many rows stand before the one that was first.
 * @param keys of the newest page, newest first
 */
export const freshBefore = (keys: readonly string[], headKey: string | null): Fresh => {
  if (headKey === null) return { count: keys.length, capped: false }
  const found = keys.indexOf(headKey)
  if (found >= 0) return { count: found, capped: false }
  return { count: keys.filter((key) => key > headKey).length, capped: keys.length > 0 && (keys.at(-1) ?? '') > headKey }
}
