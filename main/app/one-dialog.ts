import { LibralError } from '#protocol/errors.ts'

const asking = new Set<number>()

/**
 * One dialog of the system over a window at a time: a page can't pile them up, and a second press opens no second one.
 * @throws LibralError `file.not-chosen` while another one is there
 */
export async function oneDialog<T>(window: number, ask: () => Promise<T>): Promise<T> {
  if (asking.has(window)) throw new LibralError('file.not-chosen')
  asking.add(window)
  try {
    return await ask()
  } finally {
    asking.delete(window)
  }
}
