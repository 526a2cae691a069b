import { sha256, utf8 } from '../bytes.ts'

/** What a reviewer writes down to draw the same sample again, with any tool (docs/decisions/0071). */
export interface Drawing {
  /** Context of the log, `libral:UUID`. */
  readonly deployment: string
  readonly seed: string
  readonly size: number
}

/** SHA-256 over `libral sample v1`, the log, the seed and the entry's index, each on a line of its own. */
const lotOf = ({ deployment, seed }: Drawing, index: number): Uint8Array =>
  sha256(utf8(`libral sample v1\n${deployment}\n${seed}\n${index}\n`))

/**
 * Draws entries without replacement: the `size` ones whose lots are smallest. A larger sample of the same seed holds the
 * smaller one, and nobody who does not choose the seed can choose what is drawn.
 * @param population indexes to draw from
 * @returns indexes, ascending
 */
export const drawSample = (population: readonly number[], drawing: Drawing): readonly number[] => {
  const lots: { readonly index: number; readonly lot: Uint8Array }[] = []
  let bar: Uint8Array | null = null
  const trim = (): void => {
    lots.sort((left, right) => Buffer.compare(left.lot, right.lot))
    lots.length = Math.min(lots.length, drawing.size)
    bar = lots.length === drawing.size ? (lots.at(-1)?.lot ?? null) : null
  }
  for (const index of population) {
    const lot = lotOf(drawing, index)
    if (bar !== null && Buffer.compare(lot, bar) >= 0) continue
    lots.push({ index, lot })
    if (lots.length >= drawing.size * 2 + 64) trim()
  }
  trim()
  return lots.map(({ index }) => index).sort((left, right) => left - right)
}
