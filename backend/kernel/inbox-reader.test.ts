import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { InboxItem, SettledInboxItem } from '../storage/port.ts'
import { readOn } from './inbox-reader.ts'

const itemOf = (id: string): InboxItem => ({ id, source: 'hook', body: new Uint8Array(), headers: {}, receivedAt: 0 })

/** A store in memory; `judge` decides when each message is judged. */
const over = (judge: (id: string) => Promise<unknown>, room = 4) => {
  const waiting: string[] = []
  const settled: string[] = []
  let [open, most] = [0, 0]
  const failures: unknown[] = []
  const { kick, reserve, take, stop } = readOn({
    ...{ room, idleMs: 60_000, ready: () => true, failed: (thrown) => void failures.push(thrown) },
    claim: async (free) => waiting.splice(0, free).map(itemOf),
    judge: async ({ id }) => {
      most = Math.max(most, ++open)
      await judge(id)
      open--
      return { id, state: 'accepted', reason: '' } satisfies SettledInboxItem
    },
    settle: async (some) => void settled.push(...some.map(({ id }) => id)),
  })
  const receive = (...ids: string[]): void => {
    waiting.push(...ids)
    kick()
  }
  /** As the inbox does: what is reserved goes straight to the reader, the rest waits in the store. */
  const arrive = async (...ids: string[]): Promise<number> => {
    const reserved = reserve(ids.length)
    await new Promise((resolve) => setImmediate(resolve))
    waiting.push(...ids.slice(reserved))
    take(ids.slice(0, reserved).map(itemOf), reserved)
    if (reserved < ids.length) kick()
    return reserved
  }
  return { receive, arrive, settled, stop, failures, most: () => most }
}
/** For as long as a test may take. */
const seen = ({ settled: ids }: Pick<ReturnType<typeof over>, 'settled'>) =>
  expect.poll(() => [...ids].sort(), { interval: 5 })

it('lets no message wait for one that a slow provider holds', async () => {
  const slow = Promise.withResolvers<void>()
  const box = over((id) => (id === 'slow' ? slow.promise : Promise.resolve()))
  box.receive('slow')
  const others = Array.from({ length: 20 }, (_, nth) => `${nth}`)
  box.receive(...others)
  await seen(box).toEqual([...others].sort())
  slow.resolve()
  await seen(box).toHaveLength(21)
  box.stop()
  expect(box.failures).toEqual([])
})

it('takes what comes in straight into its hands, but for nobody who may be waiting still', async () => {
  const slow = Promise.withResolvers<void>()
  const box = over(() => slow.promise)
  expect(await box.arrive('before the store was looked at')).toBe(0)
  await expect.poll(box.most, { interval: 5 }).toBe(1)
  expect(await box.arrive('a', 'b', 'c', 'd')).toBe(3)
  expect(await box.arrive('e'), 'd comes first').toBe(0)
  expect(box.most()).toBe(4)
  slow.resolve()
  await seen(box).toHaveLength(6)
  await expect.poll(() => box.arrive(`later ${box.settled.length}`), { interval: 5 }).toBe(1)
  box.stop()
})

it('settles every message once and holds no more than its room, whenever they come and however long they take', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ pause: fc.nat(2), takes: fc.nat(3), straight: fc.boolean() }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.integer({ min: 1, max: 6 }),
      async (coming, room) => {
        const turns = async (count: number): Promise<void> => {
          for (let nth = 0; nth < count; nth++) await new Promise((resolve) => setImmediate(resolve))
        }
        const box = over((id) => turns(coming[Number(id)]?.takes ?? 0), room)
        for (const [nth, { pause, straight }] of coming.entries()) {
          if (straight) void box.arrive(`${nth}`)
          else box.receive(`${nth}`)
          await turns(pause)
        }
        await seen(box).toHaveLength(coming.length)
        box.stop()
        expect(new Set(box.settled).size).toBe(coming.length)
        expect(box.most()).toBeLessThanOrEqual(room)
      },
    ),
    { numRuns: 25 },
  )
})
