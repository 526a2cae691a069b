/** Counts running calls of all connections, answers included, for draining. */
export class Running {
  draining = false
  #count = 0
  #idle: (() => void) | undefined

  enter(): () => void {
    this.#count++
    return () => {
      this.#count--
      if (this.#count === 0) this.#idle?.()
    }
  }

  async drain(): Promise<void> {
    this.draining = true
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }
}
