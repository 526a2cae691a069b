import { closeSync, mkdtempSync, openSync, readdirSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RowQuery } from '#protocol/desktop.ts'
import { openReplica, type Replica, type ReplicaNews, type ReplicaOptions } from './replica.ts'

const key = new Uint8Array(32).fill(9)
const open: Replica[] = []
afterEach(async () => {
  for (const replica of open.splice(0)) await replica.close()
})

const folder = (): string => mkdtempSync(join(tmpdir(), 'libral-replica-'))

const started = async (directory: string, more: Partial<ReplicaOptions> = {}) => {
  const news: ReplicaNews[] = []
  const replica = openReplica({ directory, key, ephemeral: false, ...more })
  open.push(replica)
  replica.onNews((one) => news.push(one))
  await replica.ready
  return { replica, news }
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const rowAt = (nth: number) => ({ key: `key-${nth}`, at: nth, by: 'local', shift: '日勤', text: `${nth}`.repeat(400) })

/** Begins a session with an empty snapshot, then sends rows, one frame each hundred. */
const feed = async (replica: Replica, session: number, rows: number): Promise<void> => {
  const send = (frame: unknown): number => replica.frame(session, Buffer.from(JSON.stringify(frame)))
  const cursor = (await replica.begin(session))['events.handovers'] ?? null
  const answer = cursor === null ? { mode: 'snapshot', epoch: 1, offset: 0, version: 1 } : { mode: 'resume' }
  send({ t: 'opened', size: 0, now: 0, collections: { 'events.handovers': answer } })
  if (cursor === null) send({ t: 'page', collection: 'events.handovers', epoch: 1, rows: [], next: null, settled: 0 })
  for (let from = 0; from < rows; from += 100) {
    const changes = Array.from({ length: Math.min(100, rows - from) }, (_, nth) => {
      const row = rowAt(from + nth)
      return [from + nth + 1, 'events.handovers', row.key, row]
    })
    send({ t: 'changes', to: from + changes.length, changes })
  }
}

const all: RowQuery = {
  filter: { collection: 'events.handovers', where: {}, range: null, text: '' },
  sort: { field: null, descending: false },
  after: null,
  limit: 500,
}
const setAside = (news: readonly ReplicaNews[]): string[] =>
  news.flatMap((one) => (one.t === 'state' && one.setAside !== null ? [one.setAside] : []))
const brokenFiles = (directory: string): string[] =>
  readdirSync(directory).filter((name) => /^replica\.db\.broken-[^w]*$/.test(name) && !/-(wal|shm)$/.test(name))

// Each test starts threads and waits for disks.
describe('the replica', () => {
  it('keeps rows and cursors over a restart and over a killed worker', async () => {
    const directory = folder()
    const { replica, news } = await started(directory)
    await feed(replica, 1, 250)
    await until(() => news.some((one) => one.t === 'changed' && one.offset === 250))
    const count = replica.call('count', all.filter)
    await replica.kill()
    expect(await count).toEqual({ count: 250, capped: false })
    await until(() => news.some(({ t }) => t === 'restarted'))
    expect((await replica.begin(2))['events.handovers']).toEqual({ epoch: 1, offset: 250 })
    await replica.close()
    const again = await started(directory)
    expect((await again.replica.call('query', all)).rows).toHaveLength(250)
  })

  it.each([
    ['cut short', (file: string) => truncateSync(file, 5_000)],
    ['overwritten', (file: string) => overwrite(file, 64, 4_000)],
  ])('sets a file aside that was %s, and begins anew', async (_how, damage) => {
    const directory = folder()
    const first = await started(directory)
    await feed(first.replica, 1, 500)
    await until(() => first.news.some((one) => one.t === 'changed' && one.offset === 500))
    await first.replica.close()
    damage(join(directory, 'replica.db'))
    const { replica, news } = await started(directory)
    await replica.call('query', all).catch(() => {})
    await until(() => setAside(news).length > 0)
    expect((await replica.begin(1))['events.handovers']).toBe(null)
    expect(brokenFiles(directory)).toHaveLength(1)
  })

  it('sets a file of another key aside, and keeps three such files at most', async () => {
    const directory = folder()
    for (let nth = 0; nth < 6; nth++) {
      const { replica, news } = await started(directory, { key: new Uint8Array(32).fill(nth) })
      expect(setAside(news)).toHaveLength(nth === 0 ? 0 : 1)
      await replica.close()
    }
    expect(brokenFiles(directory)).toHaveLength(3)
  })

  it('says so when the disk is full, stays bounded and comes back', async () => {
    const directory = folder()
    const { replica, news } = await started(directory, { maxPages: 60 })
    await feed(replica, 1, 2_000)
    await until(() => news.some((one) => one.t === 'broken'))
    expect(news).toContainEqual({ t: 'broken', session: 1, failure: { code: 'storage.full', params: {} } })
    expect(news.some((one) => one.t === 'state' && one.state === 'failed')).toBe(true)
    await until(() => replica.queued() === 0)
    await replica.close()
    const roomy = await started(directory)
    const at = (await roomy.replica.begin(2))['events.handovers']?.offset ?? 0
    expect((await roomy.replica.call('count', all.filter)).count).toBe(at)
  })

  it('leaves nothing of a run without a keychain', async () => {
    const directory = folder()
    const { replica } = await started(directory, { ephemeral: true })
    await feed(replica, 1, 10)
    await replica.call('sentLoad')
    await replica.close()
    expect(readdirSync(directory)).toEqual([])
  })

  it('drops what belongs to another deployment', async () => {
    const { replica, news } = await started(folder())
    await replica.call('claim', { id: 'a', name: 'A', logKey: '' }, [])
    await feed(replica, 1, 10)
    await until(() => news.some((one) => one.t === 'changed' && one.offset === 10))
    await replica.call('claim', { id: 'a', name: 'A', logKey: '' }, [])
    expect((await replica.call('count', all.filter)).count).toBe(10)
    await replica.call('claim', { id: 'b', name: 'B', logKey: '' }, [])
    expect((await replica.call('count', all.filter)).count).toBe(0)
    expect((await replica.call('owner'))?.id).toBe('b')
  })

  it('answers a frame that it cannot read by ending the session', async () => {
    const { replica, news } = await started(folder())
    await feed(replica, 1, 10)
    replica.frame(1, Buffer.from('{"t":"changes","to":11,"changes":[[11,"events.handovers","",{}]]}'))
    await until(() => news.some((one) => one.t === 'broken'))
    expect(news).toContainEqual({
      t: 'broken',
      session: 1,
      failure: { code: 'input.invalid', params: { what: 'feed' } },
    })
    expect((await replica.call('count', all.filter)).count).toBe(10)
  })

  it('refuses collections and fields that it does not have', async () => {
    const { replica } = await started(folder())
    const of = (part: object) => replica.call('count', { ...all.filter, ...part })
    await expect(of({ collection: 'no.such' })).rejects.toMatchObject({ code: 'collection.unknown' })
    await expect(of({ where: { text: ['x'] } })).rejects.toMatchObject({ code: 'collection.filter-invalid' })
    await expect(of({ collection: 'hub.modules', text: '決済' })).rejects.toMatchObject({
      code: 'collection.filter-invalid',
    })
  })
})

const overwrite = (file: string, at: number, length: number): void => {
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, at)
  closeSync(handle)
}
