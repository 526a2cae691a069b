import { expect, it } from 'vitest'
import { oneDialog } from './one-dialog.ts'

it('shows one dialog over a window at a time, and the next once it is gone', async () => {
  const chosen = Promise.withResolvers<string>()
  const first = oneDialog(1, () => chosen.promise)
  let shown = 0
  const more = () =>
    oneDialog(1, async () => {
      shown += 1
      return 'second'
    })
  for (let nth = 0; nth < 5; nth++) await expect(more()).rejects.toMatchObject({ code: 'file.not-chosen' })
  expect(shown).toBe(0)
  expect(await oneDialog(2, async () => 'another window')).toBe('another window')
  chosen.resolve('first')
  expect(await first).toBe('first')
  await expect(oneDialog(1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await more()).toBe('second')
})
