/** How the vault writes what it shows, in its window and at the terminal. */

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
