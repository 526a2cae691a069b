/**
 * By how much another clock is ahead of a steady one of ours: between these two, ms. An answer proves no more than that: it was
 * given after the question and before it came. Pure.
 */
export interface ClockBounds {
  readonly least: number
  readonly most: number
}

/** The other clock is told in whole milliseconds. */
const roundingMs = 0.5
/** Crystals differ by less than this, ms each ms. */
const drift = 1e-4

/** @param asked @param answered on our clock */
export const boundsOf = (theirs: number, asked: number, answered: number): ClockBounds => ({
  least: theirs - answered - roundingMs,
  most: theirs - asked + roundingMs,
})

/** What was known so long ago says less now. */
export const aged = ({ least, most }: ClockBounds, ms: number): ClockBounds => ({
  least: least - ms * drift,
  most: most + ms * drift,
})

/** What both say. Where they contradict each other a clock was set meanwhile, and what was known is over. */
export const narrowed = (known: ClockBounds, measured: ClockBounds): ClockBounds => {
  const both = { least: Math.max(known.least, measured.least), most: Math.min(known.most, measured.most) }
  return both.least <= both.most ? both : measured
}

export const middleOf = ({ least, most }: ClockBounds): number => (least + most) / 2
/** How wrong the middle may be. */
export const errorOf = ({ least, most }: ClockBounds): number => (most - least) / 2
