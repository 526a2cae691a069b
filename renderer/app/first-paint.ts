/** By then what waits for the first paint goes on without it: a window that nobody sees paints nothing. */
const limitMs = 1_000

const { promise, resolve } = Promise.withResolvers<void>()

/** Resolves when this window has painted for the first time. What the first paint does not show is fetched only then. */
export const firstPaint: Promise<void> = promise

/** Called once the first rendering stands in the document: two frames later it has been painted. */
export const rendered = (): void => {
  requestAnimationFrame(() => requestAnimationFrame(() => resolve()))
  setTimeout(resolve, limitMs)
}
