/** Where a key leads from a row; null: the key does not move. */
export const movedTo = (key: string, index: number, length: number, pageRows: number): number | null => {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: length - 1,
  }
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined
  return to === undefined ? null : Math.max(0, Math.min(length - 1, to))
}
