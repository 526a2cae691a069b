/**
 * Search sees folded text: NFKC, so that ｶﾅ finds カナ and Ａ finds A, with case removed. FTS5's trigrams find nothing
 * for words of two characters such as 決済, hence bigrams of our own.
 */
export const fold = (text: string): string =>
  text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')

/** The words of a query; a row must contain each. */
export const termsOf = (query: string): readonly string[] => [
  ...new Set(
    fold(query)
      .split(/\s+/u)
      .filter((term) => term !== ''),
  ),
]

/** Ends every text, so that its last character has a successor too and one-character words can be found by prefix. */
const terminator = 10

/** Two UTF-16 units as one number below 2^32; all that begin with one unit lie side by side. */
export const gramOf = (first: number, second: number): number => first * 65_536 + second

/** Adds the bigrams of a folded text to a set. */
export const addGrams = (text: string, into: Set<number>): void => {
  let first = text.charCodeAt(0)
  for (let at = 1; at < text.length; at++) {
    const second = text.charCodeAt(at)
    into.add(gramOf(first, second))
    first = second
  }
  if (text.length > 0) into.add(gramOf(first, terminator))
}

const probesPerTerm = 8

/**
 * What to look up for a term: bigrams two apart with the last one, at most eight spread over its length. More would
 * cost look-ups and gain little, since candidates are checked against the text anyway. Digits are another thing: ids hold
 * most pairs of them, so that an amount needs every pair of its own to leave few rows to read.
 */
export const probesOf = (term: string): readonly number[] => {
  const last = term.length - 2
  const step = Math.max(/[0-9]/.test(term) ? 1 : 2, Math.ceil((last + 1) / (probesPerTerm - 1)))
  const probes = new Set<number>()
  for (let at = 0; at <= last; at += step) probes.add(gramOf(term.charCodeAt(at), term.charCodeAt(at + 1)))
  if (last >= 0) probes.add(gramOf(term.charCodeAt(last), term.charCodeAt(last + 1)))
  return [...probes]
}
