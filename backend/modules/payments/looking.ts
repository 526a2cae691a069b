import type { Instant } from '#protocol/ids.ts'
import type { Stretch } from './provider.ts'

/**
 * How a provider's list of changes is looked through, pure. Everything is in the provider's own time, so that our clock
 * may be wrong. Three things keep a change from being missed:
 * - What it shows late: the last hours are looked at again in each pass ({@link behindMs}).
 * - Its pages, which shift while we read: a stretch that does not fit one page is cut in two.
 * - A restart: what is `settled` is kept, and a pass begins there.
 */
export interface Looking {
  /** Everything before is looked through for good; null: nothing yet. */
  readonly settled: Instant | null
  /** The provider's time when this pass began: what it shows only later, an early look of the pass has not seen. */
  readonly began: Instant | null
  /** Where this pass is; null: as far back as the provider goes. */
  readonly at: Instant | null
  /** How far the next look reaches, ms; null: to the present. */
  readonly span: number | null
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** For how long a change may be missing in the list. PayPal names three hours for its search, and nothing for this one. */
export const behindMs = 4 * hour
/** PayPal lists what was updated within 180 days; a day is left for clocks. */
export const furthestMs = 179 * day
/** A stretch as short as this is read page by page. */
export const leastMs = minute
/** Clocks of one provider differ. */
const theirSlackMs = hour

/** @param from where to begin; null: as far back as the provider goes */
export const lookFrom = (settled: Instant | null, from: Instant | null): Looking => ({
  ...{ settled, began: null, at: from, span: null },
})

export const stretchOf = ({ at, span }: Looking): Stretch => ({
  after: at,
  before: at === null || span === null ? null : at + span,
})
/** It can't be cut any more. */
export const isLeast = ({ at, span }: Looking): boolean => at !== null && span !== null && span <= leastMs

/**
 * After a look.
 * @param more it did not fit: what came is a part of it
 * @param asOf the provider's clock before it answered
 */
export const lookedOn = (
  looking: Looking,
  { more, asOf }: { readonly more: boolean; readonly asOf: Instant },
): { readonly next: Looking; readonly done: boolean } => {
  const { settled, at, span } = looking
  const began = looking.began ?? asOf
  // Our clock was ahead when we chose where to begin.
  if (at !== null && at > asOf + theirSlackMs) return { next: lookFrom(null, null), done: false }
  const { before } = stretchOf(looking)
  if (more && !isLeast(looking)) {
    const from = at ?? asOf - furthestMs
    const half = Math.floor(((before ?? asOf) - from) / 2)
    return { next: { settled, began, at: from, span: Math.max(leastMs, half) }, done: false }
  }
  const end = Math.min(before ?? asOf, asOf)
  const reached = Math.max(settled ?? 0, Math.min(end, began - behindMs))
  if (before === null || before >= asOf) return { next: lookFrom(reached, reached), done: true }
  const wider = 2 * (span ?? 0)
  return { next: { settled: reached, began, at: end, span: end + wider >= asOf ? null : wider }, done: false }
}

/** The provider does not take this stretch (too long ago, by its clock): it says itself how far back it goes. */
export const lookedInVain = ({ settled }: Looking): Looking => lookFrom(settled, null)

/** How long to rest after failures in a row: longer each time, and as long as we were asked to. */
export const restMs = (failures: number, everyMs: number, askedMs: number | null): number =>
  Math.max(askedMs ?? 0, everyMs * Math.min(2 ** failures, 12))

/** By how much our clock may have been ahead when we sold first. */
const ourSlackMs = 7 * day
/** Where the first pass begins: before what we sold first there is nothing of ours. */
export const firstFrom = (soldFrom: Instant, now: Instant): Instant | null =>
  soldFrom - ourSlackMs < now - furthestMs ? null : soldFrom - ourSlackMs

/** What is kept is kept once a day: more would be lines in the log that say nothing. */
export const isWorthKeeping = (settled: Instant | null, kept: Instant | null): settled is Instant =>
  settled !== null && (kept === null || settled >= kept + day)
