import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { InboxItem, InboxStore, Storage } from '../storage/port.ts'
import { openSqlite } from '../storage/sqlite/engine.ts'
import { sealedInbox } from './inbox-sealed.ts'

let folder: string
let storage: Storage
let inbox: InboxStore
const secret = new Uint8Array(randomBytes(32))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'libral-inbox-'))
  storage = await openSqlite({ engine: 'sqlite', file: join(folder, 'core.db'), key: randomBytes(32) })
  inbox = sealedInbox(storage.inbox, (source) => (source === 'payments.paypal' ? secret : undefined))
})
afterEach(async () => {
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

const item = (id: string, text: string, source = 'payments.paypal'): InboxItem => ({
  ...{ id, source, receivedAt: 1, body: new Uint8Array(Buffer.from(text)), headers: { 'content-type': 'x' } },
})
const text = (one: InboxItem | null | undefined): string => Buffer.from(one?.body ?? []).toString()
const claimed = (from: InboxStore) => from.claim('payments.paypal', 'a', 5, 6, 9)
const everything = {
  ...{ sources: ['payments.paypal'], state: null, reasoned: null, about: null, before: null, limit: 9 },
}

it('keeps what came unreadable in the database, and gives it back as it came', async () => {
  const came = item('a', '{"payer":"sato@example.com"}')
  expect(await inbox.put([came, item('b', '')], 9)).toEqual(['kept', 'kept'])
  expect(await inbox.put([came], 9)).toEqual(['known'])
  const [kept, ...others] = await storage.inbox.waiting()
  expect([text(kept).includes('sato'), others.length]).toEqual([false, 1])
  expect(await inbox.get('payments.paypal', 'a')).toEqual(came)
  expect(await claimed(inbox)).toEqual([came, item('b', '')])
  const lines = await inbox.look(everything)
  expect(lines.map(({ id, bytes, headers }) => ({ id, bytes, headers }))).toEqual([
    { id: 'b', bytes: 0, headers: came.headers },
    { id: 'a', bytes: came.body.byteLength, headers: came.headers },
  ])
})

it('seals as is written: HKDF-SHA-256 over source and id, AES-256-GCM bound to them', async () => {
  await inbox.put([item('a', 'one')], 9)
  const [{ body } = { body: new Uint8Array() }] = await storage.inbox.waiting()
  const place = Buffer.from('["libral inbox v1","payments.paypal","a"]')
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), place, 32))
  const opening = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12))
    .setAAD(place)
    .setAuthTag(body.subarray(-16))
  expect(Buffer.concat([opening.update(body.subarray(12, -16)), opening.final()]).toString()).toBe('one')
})

it('reads what an earlier build kept, and leaves alone what names nobody', async () => {
  await storage.inbox.put([item('old', 'plain')], 9)
  expect(text(await inbox.get('payments.paypal', 'old'))).toBe('plain')
  await inbox.put([item('a', 'plain', 'shop')], 9)
  expect(text(await storage.inbox.get('shop', 'a'))).toBe('plain')
})

it('opens nothing in another place or under another key, and nobody waits for that', async () => {
  await inbox.put([item('a', 'one')], 9)
  const [kept] = await storage.inbox.waiting()
  await storage.inbox.put([{ ...item('b', ''), body: kept?.body ?? new Uint8Array(), headers: kept?.headers ?? {} }], 9)
  await expect(inbox.get('payments.paypal', 'b')).rejects.toMatchObject({ code: 'sealed.tampered' })
  const [one, moved] = await claimed(inbox)
  expect([text(one), text(moved) === 'one', moved?.headers]).toEqual(['one', false, { 'content-type': 'x' }])
  const elsewhere = sealedInbox(storage.inbox, () => new Uint8Array(32))
  await expect(elsewhere.get('payments.paypal', 'a')).rejects.toMatchObject({ code: 'sealed.tampered' })
})
