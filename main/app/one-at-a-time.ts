/**
 * Looks one at a time: what is asked for while one is under way is one more look after it. One that fails is left to
 * the next.
 */
export const oneAtATime = (look: () => Promise<void>): (() => void) => {
  let looking = false
  let again = false
  const ask = (): void => {
    again = looking
    if (looking) return
    looking = true
    look()
      .catch(() => {})
      .finally(() => {
        looking = false
        if (again) ask()
      })
  }
  return ask
}
