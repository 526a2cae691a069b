/** How the vault writes what it shows, in its window and at the terminal. */

/** Japanese time, to the minute. */
export const at = (instant: number): string =>
  new Intl.DateTimeFormat('ja-JP', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(instant)

/** Japanese time, to the second: `2026/11/21 09:05:00 JST`. */
export const atSecond = (instant: number): string => {
  const japanese = new Intl.DateTimeFormat('ja-JP', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    ...{ hourCycle: 'h23', timeZone: 'Asia/Tokyo' },
  })
  return `${japanese.format(instant)} JST`
}

export const grouped = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

/** Longest text of a line that is shown whole. */
export const longestText = 20_000

/**
 * Text that others wrote, so that nothing in it is unseen: what has no shape of its own, turns text around or breaks a
 * line stands as its code point.
 */
export const visible = (text: string): string =>
  text.replace(
    /\p{Default_Ignorable_Code_Point}|[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u00a0\u2000-\u200a\u202f\u205f\u2800]/gu,
    (one) => `⟨U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
