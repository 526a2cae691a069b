import type { BundleFinding } from '#protocol/bundle.ts'

/** Beyond this many a list helps nobody. */
export const mostFindings = 100

/** A bounded list that knows how many there were. */
export class Findings {
  readonly #first: BundleFinding[] = []
  readonly codes = new Map<BundleFinding['code'], number>()
  count = 0

  add(index: number, code: BundleFinding['code']): void {
    this.count++
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
    if (this.#first.length < mostFindings) this.#first.push({ index, code })
  }

  get first(): readonly BundleFinding[] {
    return this.#first
  }
}
