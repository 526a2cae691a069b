/** A failure of set-up that a person can do something about. */
export class StepFailed extends Error {
  /**
   * @param {string} message what failed
   * @param {string} advice what the reader should do about it
   */
  constructor(message, advice) {
    super(message)
    this.name = 'StepFailed'
    this.advice = advice
  }
}

/** @param {string} text */
export const say = (text) => process.stdout.write(`${text}\n`)

/**
 * Runs one named step and says what it did and how long it took.
 * @template T
 * @param {string} name
 * @param {(note: (text: string) => void) => Promise<T> | T} work `note` sets the text that the line ends with
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const began = performance.now()
  let outcome = 'done'
  const result = await work((text) => {
    outcome = text
  })
  const seconds = (performance.now() - began) / 1000
  say(`setup  ${name.padEnd(13)} ${outcome}${seconds >= 1 ? ` (${seconds.toFixed(1)} s)` : ''}`)
  return result
}

/**
 * Ends the program as its error deserves: advice for a person, a stack only for our own mistakes.
 * @param {unknown} error
 * @returns {never}
 */
export function quit(error) {
  if (error instanceof StepFailed) process.stderr.write(`\nfailed: ${error.message}\n  → ${error.advice}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
