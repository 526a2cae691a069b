import { expect, it } from 'vitest'
import { captureTransfers, refundTransfers } from '#protocol/payments-ledger.ts'
import { lotAfterSeen, lotProjections } from './lots.ts'

const books = { provider: 'stars', merchant: 'main', taxRate: 10 } as const
/** 2026-11-20 in UTC, the 21st in Japan. */
const at = Date.parse('2026-11-20T16:00:00Z')
const seen = (more: object) =>
  ({ provider: 'stars', captures: [{ id: 'C', minor: '550', fee: null, at }], transfers: [], ...more }) as never

it('counts Stars on the day of their receipt in Japan, and a later refund against it', () => {
  const paid = lotAfterSeen(undefined, seen({ transfers: captureTransfers(books, 550n, 0n) }), at + 1)
  expect(paid).toEqual({ key: '20261121', day: 20_261_121, received: '550', returned: '0', changedAt: at + 1 })
  const monthLater = at + 30 * 86_400_000
  const back = lotAfterSeen(paid, seen({ transfers: refundTransfers(books, 550n, 0n) }), monthLater)
  expect(back).toMatchObject({ day: 20_261_121, received: '550', returned: '550', changedAt: monthLater })
  expect(lotAfterSeen(paid, seen({}), at), 'nothing new').toBeUndefined()
  const elsewhere = seen({
    provider: 'paypay',
    transfers: captureTransfers({ ...books, provider: 'paypay' }, 550n, 0n),
  })
  expect(lotAfterSeen(undefined, elsewhere, at)).toBeUndefined()
})

it('reads and writes nothing for other providers', () => {
  const [projection] = lotProjections
  const elsewhere = seen({
    provider: 'paypay',
    transfers: captureTransfers({ ...books, provider: 'paypay' }, 550n, 0n),
  })
  const unread = () => {
    throw new Error('not among the keys that it reads')
  }
  expect(projection?.reads(elsewhere, { at } as never)).toEqual([])
  expect(projection?.project(elsewhere, { at } as never, unread)).toEqual([])
})
