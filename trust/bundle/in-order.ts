/** Answers in the order of the questions, while at most so many are open. */
export class InOrder<T> {
  readonly #open: Promise<T>[] = []
  readonly #width: number
  readonly #take: (answer: T) => void | Promise<void>

  constructor(width: number, take: (answer: T) => void | Promise<void>) {
    this.#width = width
    this.#take = take
  }

  async ask(question: Promise<T>): Promise<void> {
    // Its failure is the turn's that takes it.
    question.catch(() => undefined)
    this.#open.push(question)
    if (this.#open.length >= this.#width) await this.#one()
  }

  async all(): Promise<void> {
    while (this.#open.length > 0) await this.#one()
  }

  async #one(): Promise<void> {
    const next = this.#open.shift()
    if (next !== undefined) await this.#take(await next)
  }
}
