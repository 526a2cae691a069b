import { describe, expect, test } from 'vitest'
import type { InboxItem, Storage } from '../port.ts'
import type { Open } from './harness.ts'

const effect = (id: string, dueAt: number, module = 'gateway') => ({
  id,
  module,
  effect: 'send',
  payload: { text: '送信' },
  dueAt,
})

const withEffects = async (storage: Storage, ...items: readonly ReturnType<typeof effect>[]): Promise<Storage> => {
  await storage.write((writer) => writer.putOutbox(items))
  return storage
}

const message = (id: string, receivedAt: number, source = 'telegram'): InboxItem => ({
  id,
  source,
  receivedAt,
  body: Uint8Array.of(0, 255, 128),
  headers: { 'content-type': 'application/json' },
})

const idsOf = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id)

export const queueContract = (open: Open): void => {
  leaseContract(open)
  useContract(open)
  outboxContract(open)
  inboxContract(open)
  jobContract(open)
}

const leaseContract = (open: Open): void => {
  test('what a run held that was killed is given out to the next one of its name, and nobody else loses anything', async () => {
    const storage = await withEffects(await open(), effect('1-0', 10), effect('2-0', 20))
    await storage.inbox.put([message('m', 1)], 10)
    const claim = async (owner: string): Promise<readonly string[]> => {
      const effects = await storage.outbox.claim(['gateway'], owner, 50, 1_000, 1)
      const inbox = await storage.inbox.claim('telegram', owner, 50, 1_000, 1)
      const job = await storage.jobs.claim('sweep', owner, 50, 1_000, 60)
      return [...idsOf(effects), ...idsOf(inbox), ...(job ? ['sweep'] : [])]
    }
    expect(await claim('core-1/first')).toEqual(['1-0', 'm', 'sweep'])
    expect(await claim('core-10/other')).toEqual(['2-0'])
    await storage.releaseLeases('core-1')
    expect(await claim('core-1/second')).toEqual(['1-0', 'm', 'sweep'])
    expect(await storage.outbox.done('1-0', 'core-1/first')).toBe(false)
    expect(await storage.outbox.done('2-0', 'core-10/other')).toBe(true)
  })
}

const useContract = (open: Open): void => {
  test('a name is used once, by whoever comes first, and forgotten after its time', async () => {
    const storage = await open()
    const all = await Promise.all(Array.from({ length: 8 }, () => storage.uses.first('ticket', 100)))
    expect(all.filter((first) => first)).toHaveLength(1)
    await storage.uses.sweep(100)
    expect(await storage.uses.first('ticket', 200)).toBe(false)
    await storage.uses.sweep(101)
    expect(await storage.uses.first('ticket', 200)).toBe(true)
  })
}

const outboxContract = (open: Open): void => {
  describe('outbox', () => {
    test('what is due goes out, oldest first, to the modules asked for', async () => {
      const items = [
        effect('3-0', 30),
        effect('1-0', 10),
        effect('2-0', 20),
        effect('4-0', 99),
        effect('5-0', 5, 'other'),
      ]
      const storage = await withEffects(await open(), ...items)
      expect(await storage.outbox.claim(['gateway'], 'a', 50, 100, 2)).toEqual([
        { ...effect('1-0', 10), attempts: 1 },
        { ...effect('2-0', 20), attempts: 1 },
      ])
      expect(idsOf(await storage.outbox.claim(['gateway', 'other'], 'a', 50, 100, 9))).toEqual(['5-0', '3-0'])
      const all = await storage.outbox.waiting()
      expect(all, 'claimed or not').toHaveLength(await storage.outbox.depth())
      expect(all.every((item) => !('attempts' in item))).toBe(true)
      expect(await storage.outbox.claim([], 'a', 50, 100, 9)).toEqual([])
      expect(await storage.outbox.depth()).toBe(5)
    })

    test('an item for one instance goes to it alone, for a minute', async () => {
      const storage = await open()
      const item = { ...effect('1-0', 10), instance: 'east' }
      await storage.write((writer) => writer.putOutbox([item]))
      expect(await storage.outbox.claim(['gateway'], 'w', 20, 100, 9, 'west')).toEqual([])
      expect(await storage.outbox.claim(['gateway'], 'e', 20, 100, 9, 'east')).toEqual([{ ...item, attempts: 1 }])
      expect(idsOf(await storage.outbox.claim(['gateway'], 'w', 60_010, 99_999, 9, 'west'))).toEqual(['1-0'])
    })

    test('a lease keeps others away until it ends', async () => {
      const storage = await withEffects(await open(), effect('1-0', 10))
      expect(idsOf(await storage.outbox.claim(['gateway'], 'a', 10, 100, 9))).toEqual(['1-0'])
      expect(await storage.outbox.claim(['gateway'], 'b', 99, 200, 9)).toEqual([])
      expect(await storage.outbox.claim(['gateway'], 'b', 100, 200, 9)).toEqual([{ ...effect('1-0', 10), attempts: 2 }])
    })

    test('two owners never hold the same item', async () => {
      const items = Array.from({ length: 40 }, (_, n) => effect(`${n}-0`, n))
      const storage = await withEffects(await open(), ...items)
      const claims = await Promise.all(
        ['a', 'b', 'c', 'd'].map((owner) => storage.outbox.claim(['gateway'], owner, 99, 200, 10)),
      )
      expect(new Set(claims.flatMap(idsOf)).size).toBe(40)
    })

    test('only the present owner can say done or give back', async () => {
      const storage = await withEffects(await open(), effect('1-0', 10))
      await storage.outbox.claim(['gateway'], 'a', 10, 100, 9)
      await storage.outbox.claim(['gateway'], 'b', 100, 200, 9)
      expect(await storage.outbox.done('1-0', 'a')).toBe(false)
      await storage.outbox.retry('1-0', 'a', 0, 'stale')
      expect(await storage.outbox.claim(['gateway'], 'c', 150, 300, 9)).toEqual([])
      expect(await storage.outbox.done('1-0', 'b')).toBe(true)
      expect(await storage.outbox.done('1-0', 'b')).toBe(false)
      expect(await storage.outbox.depth()).toBe(0)
    })

    test('an item given back comes when its new time has come, in the new order', async () => {
      const storage = await withEffects(await open(), effect('1-0', 10), effect('2-0', 20))
      await storage.outbox.claim(['gateway'], 'a', 20, 100, 9)
      await storage.outbox.retry('1-0', 'a', 60, 'link.time-out')
      await storage.outbox.retry('2-0', 'a', 50, 'link.time-out')
      expect(await storage.outbox.claim(['gateway'], 'b', 49, 100, 9)).toEqual([])
      expect(idsOf(await storage.outbox.claim(['gateway'], 'b', 60, 100, 9))).toEqual(['2-0', '1-0'])
    })
  })
}

const inboxContract = (open: Open): void => {
  describe('inbox', () => {
    test('an item is kept once for its source, as it came', async () => {
      const storage = await open()
      const again = { ...message('a', 3), body: new Uint8Array() }
      const puts = await storage.inbox.put([message('a', 2), again, message('a', 1, 'bank')], 10)
      expect(puts).toEqual(['kept', 'known', 'kept'])
      expect(await storage.inbox.put([again], 10)).toEqual(['known'])
      expect(await storage.inbox.put([], 10)).toEqual([])
      expect(await storage.inbox.depth()).toBe(2)
      expect(await storage.inbox.claim('telegram', 'x', 10, 20, 9)).toEqual([message('a', 2)])
    })

    test('of what comes in twice at the same time, one is kept, and the other one’s sender is told', async () => {
      const { inbox } = await open()
      for (let round = 0; round < 20; round++) {
        const items = ['a', 'b', 'c'].map((id) => message(`${round} ${id}`, 1))
        const puts = await Promise.all([inbox.put(items, 999), inbox.put(items.toReversed(), 999)])
        const [one = [], other = []] = [puts[0], puts[1]?.toReversed()]
        for (const [nth] of items.entries()) expect([one[nth], other[nth]].sort()).toEqual(['kept', 'known'])
      }
      expect(await inbox.depth()).toBe(60)
    })

    test('beyond the bound it refuses, until something is settled', async () => {
      const storage = await open()
      const many = ['a', 'b', 'c', 'a'].map((id) => message(id, 1))
      expect(await storage.inbox.put(many, 2), 'a duplicate is no new item').toEqual(['kept', 'kept', 'full', 'known'])
      expect(await storage.inbox.put([message('c', 1, 'bank')], 2), 'bounded by source').toEqual(['kept'])
      await storage.inbox.claim('telegram', 'x', 1, 9, 1)
      const refused = { id: 'a', state: 'refused', reason: 'signature' } as const
      expect(await storage.inbox.settle('telegram', 'x', [refused], 5)).toBe(1)
      expect(await storage.inbox.put([message('c', 1)], 2)).toEqual(['kept'])
    })

    test('claims lease in order of receipt; only the owner settles', async () => {
      const storage = await open()
      await storage.inbox.put([message('late', 3), message('early', 1), message('middle', 2)], 9)
      expect(idsOf(await storage.inbox.claim('telegram', 'x', 10, 20, 2))).toEqual(['early', 'middle'])
      expect(idsOf(await storage.inbox.claim('telegram', 'y', 10, 20, 9))).toEqual(['late'])
      const accepted = (id: string) => ({ id, state: 'accepted', reason: '' }) as const
      expect(await storage.inbox.settle('telegram', 'y', [accepted('early')], 5)).toBe(0)
      expect(await storage.inbox.settle('telegram', 'x', [accepted('late'), accepted('early')], 5)).toBe(1)
      expect(idsOf(await storage.inbox.claim('telegram', 'y', 20, 30, 9))).toEqual(['middle', 'late'])
      expect(await storage.inbox.depth()).toBe(2)
      expect(await storage.inbox.put([message('early', 9)], 9), 'settled items are known still').toEqual(['known'])
    })

    test('what is held as it comes in is claimed by nobody else until then, and its holder settles it', async () => {
      const { inbox } = await open()
      const held = { ...message('held', 1), held: { owner: 'x', until: 50 } }
      expect(await inbox.put([held, message('free', 2)], 9)).toEqual(['kept', 'kept'])
      expect(idsOf(await inbox.claim('telegram', 'y', 10, 60, 9))).toEqual(['free'])
      expect(await inbox.settle('telegram', 'x', [{ id: 'held', state: 'accepted', reason: '' }], 20)).toBe(1)
      await inbox.put([{ ...message('left', 3), held: { owner: 'x', until: 50 } }], 9)
      expect(await inbox.claim('telegram', 'y', 50, 60, 9)).toEqual([message('left', 3)])
    })

    test('what is there can be looked through, and waits once more when that is asked for', async () => {
      const storage = await open()
      const { inbox } = storage
      await inbox.put([message('a', 1), message('b', 2), message('c', 2), message('d', 3, 'bank')], 9)
      const all = { sources: ['telegram'], state: null, reasoned: null, about: null, before: null, limit: 9 } as const
      expect(
        (await inbox.look(all)).map(({ id }) => id),
        'the newest first',
      ).toEqual(['c', 'b', 'a'])
      const paged = { ...all, before: { receivedAt: 2, id: 'c' }, limit: 1 }
      expect((await inbox.look(paged)).map(({ id }) => id)).toEqual(['b'])
      await inbox.claim('telegram', 'x', 10, 20, 9)
      expect(await inbox.again('telegram', 'a'), 'somebody has it at hand').toBe(true)
      const found = { kind: 'paid', payment: 'p1' }
      await inbox.settle(
        'telegram',
        'x',
        [
          { id: 'a', state: 'accepted', reason: '', finding: found, about: 'p1' },
          { id: 'b', state: 'accepted', reason: 'not-ours' },
          { id: 'c', state: 'refused', reason: 'signature' },
        ],
        15,
      )
      const { body } = message('a', 1)
      expect(await inbox.look({ ...all, about: 'p1' })).toEqual([
        {
          ...{ id: 'a', source: 'telegram', receivedAt: 1, headers: message('a', 1).headers, bytes: body.byteLength },
          ...{ state: 'accepted', reason: '', finding: found, settledAt: 15 },
        },
      ])
      const idsWith = async (state: 'accepted' | 'refused', reasoned: boolean | null) =>
        (await inbox.look({ ...all, state, reasoned })).map(({ id }) => id)
      expect(await idsWith('accepted', true)).toEqual(['b'])
      expect(await idsWith('accepted', false)).toEqual(['a'])
      expect(await idsWith('refused', null)).toEqual(['c'])
      expect(await inbox.get('telegram', 'a')).toEqual(message('a', 1))
      expect(await inbox.get('bank', 'a')).toBeNull()
      expect(await inbox.again('telegram', 'a')).toBe(true)
      expect(await inbox.again('telegram', 'nobody')).toBe(false)
      expect(await inbox.look({ ...all, about: 'p1' }), 'judged anew').toEqual([])
      expect(idsOf(await inbox.claim('telegram', 'y', 16, 30, 9))).toEqual(['a'])
    })

    test('the sweep takes what is old, settled or not', async () => {
      const storage = await open()
      const many = Array.from({ length: 530 }, (_, n) => message(`m${n}`, n))
      expect(new Set(await storage.inbox.put(many, 999))).toEqual(new Set(['kept']))
      expect(await storage.inbox.sweep(520)).toBe(520)
      expect(await storage.inbox.depth()).toBe(10)
      expect(await storage.inbox.sweep(520)).toBe(0)
    })
  })
}

const jobContract = (open: Open): void => {
  describe('jobs', () => {
    test('a new job is due at once, and for one owner only', async () => {
      const storage = await open()
      const claims = await Promise.all(['a', 'b', 'c'].map((owner) => storage.jobs.claim('sweep', owner, 10, 100, 60)))
      expect(claims.filter(Boolean)).toHaveLength(1)
      expect(await storage.jobs.claim('other', 'b', 10, 100, 60)).toBe(true)
    })

    test('it waits for its next time, and for a lease to end', async () => {
      const storage = await open()
      await storage.jobs.claim('sweep', 'a', 10, 100, 60)
      await storage.jobs.done('sweep', 'a', 50, null)
      expect(await storage.jobs.claim('sweep', 'b', 49, 100, 60)).toBe(false)
      expect(await storage.jobs.claim('sweep', 'b', 50, 100, 60)).toBe(true)
      expect(await storage.jobs.claim('sweep', 'a', 99, 200, 60)).toBe(false)
      expect(await storage.jobs.claim('sweep', 'a', 100, 200, 60)).toBe(true)
      await storage.jobs.done('sweep', 'b', 0, 'stale owner')
      expect(await storage.jobs.claim('sweep', 'b', 150, 300, 60)).toBe(false)
    })

    test('a clock that was far ahead keeps no job waiting once it is right again', async () => {
      const { jobs } = await open()
      const [hour, year] = [3_600_000, 31_536_000_000]
      await jobs.claim('sweep', 'a', year, year + 1_000, hour)
      expect(await jobs.claim('sweep', 'b', 10, 1_010, hour), 'its lease').toBe(true)
      await jobs.done('sweep', 'b', year, null)
      expect(await jobs.claim('sweep', 'b', 20, 1_020, hour), 'its due time').toBe(true)
      await jobs.done('sweep', 'b', 20 + hour, null)
      expect(await jobs.claim('sweep', 'b', 30, 1_030, hour)).toBe(false)
    })
  })
}
