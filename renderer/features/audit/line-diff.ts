/** A line of a comparison. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/**
 * Lines that two texts share, and those that only one has, by their longest common subsequence. For texts of some
 * hundreds of lines: a policy set is at most 32 KiB.
 */
export const linesBetween = (before: string, after: string): readonly DiffLine[] => {
  const [one, other] = [before.split('\n'), after.split('\n')]
  const width = other.length + 1
  /** Length of the common subsequence of what follows (one, other). */
  const common = new Uint32Array((one.length + 1) * width)
  const at = (left: number, right: number): number => common[left * width + right] ?? 0
  for (let left = one.length - 1; left >= 0; left--)
    for (let right = other.length - 1; right >= 0; right--)
      common[left * width + right] =
        one[left] === other[right] ? at(left + 1, right + 1) + 1 : Math.max(at(left + 1, right), at(left, right + 1))
  const lines: DiffLine[] = []
  let left = 0
  let right = 0
  while (left < one.length || right < other.length) {
    const [here, there] = [one[left], other[right]]
    if (here !== undefined && here === there) {
      lines.push({ kind: 'same', text: here })
      left++
      right++
    } else if (there === undefined || (here !== undefined && at(left + 1, right) >= at(left, right + 1))) {
      lines.push({ kind: 'removed', text: here ?? '' })
      left++
    } else {
      lines.push({ kind: 'added', text: there })
      right++
    }
  }
  return lines
}
