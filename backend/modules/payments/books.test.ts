import { describe, expect, it } from 'vitest'
import {
  bookFiles,
  bookNames,
  rateKey,
  rates,
  recordBooks,
  recordRate,
  setBookNames,
  usualNames,
} from '#protocol/payments-books.ts'
import { createWorld, refusalOf } from '#tests/fakes/module-world.ts'
import { createPayments } from './index.ts'

const file = {
  ...({ program: 'freee', from: 20_261_101, to: 20_261_130, sha256: 'ab'.repeat(32) } as const),
  ...{ vouchers: 2, lines: 3, yen: '1422', leftOut: 1, replaced: 0, shortened: 0 },
}

describe('what accounting programs are told', () => {
  it('is named by one of two people who change it at once', () => {
    const world = createWorld([createPayments()])
    const set = (seen: number) =>
      refusalOf(() => world.submit(setBookNames, { program: 'freee', names: usualNames.freee, seen }))
    expect(set(0)).toBe('none')
    expect(set(0)).toBe('payments.settings-changed')
    const row = world.row(bookNames, 'freee')
    expect(row?.names).toEqual(usualNames.freee)
    world.now += 1
    expect(set(row?.changedAt ?? 0)).toBe('none')
    expect(world.row(bookNames, 'yayoi')).toBeUndefined()
  })

  it('is converted by the rate that was recorded last for a day', () => {
    const world = createWorld([createPayments()])
    for (const yen of ['153.42', '154'])
      world.submit(recordRate, { currency: 'USD', day: '2026-11-01', yen, note: 'TTM' })
    expect(world.row(rates, rateKey('USD', 20_261_101))).toMatchObject({ day: 20_261_101, yen: '154', note: 'TTM' })
  })

  it('is on record file by file', () => {
    const world = createWorld([createPayments()])
    world.submit(recordBooks, file)
    world.submit(recordBooks, file)
    const rows = world.rows(bookFiles)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject(file)
    expect(recordBooks.params.safeParse({ ...file, from: 20_261_201 }).success).toBe(false)
  })
})
