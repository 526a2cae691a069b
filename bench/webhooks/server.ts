import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'
import Fastify from 'fastify'
import { createInbox } from '#backend/kernel/inbox.ts'
import { sealedInbox } from '#backend/kernel/inbox-sealed.ts'
import type { InboxLine, InboxLook } from '#backend/storage/port.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { createPeers, defaultPeerRules } from '#backend/transport/peers.ts'
import { addWebhookRoutes } from '#backend/transport/webhook-routes.ts'

/** The side that keeps: routes, inbox and an encrypted database, `synchronous=FULL`, in a process of their own. */
const [{ folder, body }] = (await once(process, 'message')) as [{ folder: string; body: Uint8Array }]
const key = randomBytes(32)
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Rows a second, one transaction each. */
const bareInserts = (): number => {
  const db = new Database(join(folder, 'bare.db'))
  db.pragma(`cipher = 'aegis'`)
  db.key(Buffer.concat([Buffer.from('raw:'), key]))
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec(
    'create table inbox (source text, id text, received integer, headers text, body blob, primary key (source, id))',
  )
  const insert = db.prepare('insert into inbox values (?, ?, ?, ?, ?)')
  const begun = performance.now()
  let rows = 0
  while (performance.now() < begun + 2_000) insert.run('shop', String(rows++), Date.now(), '{}', body)
  const rate = Math.round((rows * 1_000) / (performance.now() - begun))
  db.close()
  return rate
}

const bare = bareInserts()
const storage = await openSqlite({ engine: 'sqlite', file: join(folder, 'core.db'), key })
const store = sealedInbox(storage.inbox, () => key)
const inbox = createInbox({ store, owner: 'bench', now: Date.now, depth: () => undefined, log })
const app = Fastify({ logger: false })
const ways = [{ name: 'shop', source: 'bench.shop', headers: [] }]
addWebhookRoutes(app, { ways, receive: inbox.receive, peers: createPeers(defaultPeerRules) })
// Judged meanwhile, as it is in earnest: settling shares the disk with keeping.
inbox.attach([{ source: 'bench.shop', judge: async () => ({ state: 'accepted', reason: '' }) }])
/** What the store has of them, judged or not. */
const kept = async (): Promise<number> => {
  const all = { sources: ['bench.shop'], state: null, reasoned: null, about: null, limit: 1_000 } as const
  let [count, before]: [number, InboxLook['before']] = [0, null]
  for (;;) {
    const lines: readonly InboxLine[] = await store.look({ ...all, before })
    const last = lines.at(-1)
    if (last === undefined) return count
    count += lines.length
    before = last
  }
}
const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('message', () => void kept().then((count) => process.send?.(count)))
process.send?.({ port: Number(port), bare })
