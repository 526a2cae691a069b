import { Refused, sw } from './apdu.ts'

/** The card's button. `limitMs`: how long the card waits; `waiting`: whether it blinks now. */
export class Touch {
  limitMs = 15_000
  #release: ((touched: boolean) => void) | undefined

  get waiting(): boolean {
    return this.#release !== undefined
  }

  /** A finger on the button. Says whether the card had been waiting for it. */
  press(): boolean {
    const release = this.#release
    release?.(true)
    return release !== undefined
  }

  /** Ends when the button is pressed; {@link sw}.untouched when nobody does in time. */
  async wanted(): Promise<void> {
    const touched = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.limitMs)
      this.#release = (outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      }
    })
    this.#release = undefined
    if (!touched) throw new Refused(sw.untouched)
  }
}
