import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createInbox, type Inbox, oversizedHeader } from '#backend/kernel/inbox.ts'
import type { WebhookWay } from '#backend/kernel/module.ts'
import type { InboxItem, Storage } from '#backend/storage/port.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { createPeers, defaultPeerRules } from '#backend/transport/peers.ts'
import { addWebhookRoutes, webhookLimits } from '#backend/transport/webhook-routes.ts'
import { sha256, utf8 } from '#trust/bytes.ts'

/** The way in for who can't sign commands, over a real inbox. */

const ways: readonly WebhookWay[] = [
  { name: 'shop', source: 'test.shop', headers: ['x-signature'], secretHeaders: ['x-secret'] },
]
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
let folder: string
let storage: Storage
let inbox: Inbox
let app: FastifyInstance
let address: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'libral-webhooks-'))
  storage = await openSqlite({ engine: 'sqlite', file: join(folder, 'core.db'), key: randomBytes(32) })
  inbox = createInbox({ store: storage.inbox, owner: 'a', now: Date.now, depth: () => undefined, log: quiet })
  app = Fastify({ bodyLimit: 1_024, forceCloseConnections: true })
  addWebhookRoutes(app, { ways, receive: inbox.receive, peers: createPeers(defaultPeerRules) })
  address = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  await app.close()
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

const post = (body: Uint8Array | string, headers: Record<string, string> = {}, name = 'shop') =>
  fetch(`${address}/webhooks/${name}`, { method: 'POST', headers, body: body as BodyInit })

const waiting = (): Promise<readonly InboxItem[]> => storage.inbox.waiting()

test('what came is kept as it came before it is answered, secrets as their digest alone', async () => {
  const body = randomBytes(40_000)
  const sent = {
    'content-type': 'application/json; charset=UTF-8',
    'x-signature': 'abc',
    'x-secret': 's',
    cookie: 'c=1',
  }
  const answer = await post(body, sent)
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  const [item] = await waiting()
  expect(item?.body).toEqual(new Uint8Array(body))
  expect(item?.headers).toEqual({
    'content-type': 'application/json; charset=UTF-8',
    'x-signature': 'abc',
    'x-secret': `sha256:${Buffer.from(sha256(utf8('s'))).toString('hex')}`,
  })
})

test('the same delivered ten times is one, and nothing else stands in its way', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('{"id":1}', { 'x-signature': 'abc' })))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  await post('{"id":1}', { 'x-signature': 'forged' })
  await post('{"id":1 }', { 'x-signature': 'abc' })
  expect(await waiting()).toHaveLength(3)
})

test('what is too large is refused, and its beginning is kept with the mark that nobody else can set', async () => {
  const answer = await post(Buffer.alloc(webhookLimits.bodyBytes + 1, 'x'))
  expect(answer.status).toBe(413)
  await post('x', { [oversizedHeader]: '1' })
  const [large, small] = (await waiting()).toSorted((one, other) => other.body.length - one.body.length)
  expect(large?.body).toHaveLength(webhookLimits.keptBytes)
  expect(large?.headers[oversizedHeader]).toBe(String(webhookLimits.bodyBytes + 1))
  expect(small?.headers).not.toHaveProperty(oversizedHeader)
  expect((await post(Buffer.alloc(webhookLimits.readBytes + 1))).status).toBe(413)
  expect(await waiting()).toHaveLength(2)
})

test('an unknown name, another method and a full inbox say so', async () => {
  expect((await post('x', {}, 'nobody')).status).toBe(404)
  expect((await fetch(`${address}/webhooks/shop`)).status).toBe(404)
  await app.close()
  const full = { ...storage.inbox, put: async (items: readonly InboxItem[]) => items.map(() => 'full' as const) }
  inbox = createInbox({ store: full, owner: 'a', now: Date.now, depth: () => undefined, log: quiet })
  app = Fastify()
  addWebhookRoutes(app, { ways, receive: inbox.receive, peers: createPeers(defaultPeerRules) })
  address = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = await post('x')
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
})

test('it is read as it comes, and again later when it could not be judged', async () => {
  const seen: string[] = []
  let broken = true
  const judged = Promise.withResolvers<void>()
  const detach = inbox.attach([
    {
      source: 'test.shop',
      judge: async ({ body }) => {
        const text = Buffer.from(body).toString()
        seen.push(text)
        if (text === 'later' && broken) throw new Error('not now')
        if (text === 'now') judged.resolve()
        return { state: 'accepted', reason: '' }
      },
    },
  ])
  await post('later')
  await post('now')
  await judged.promise
  await expect.poll(async () => (await waiting()).length).toBe(1)
  detach()
  broken = false
  await storage.releaseLeases('a')
  expect(seen.toSorted()).toEqual(['later', 'now'])
})
