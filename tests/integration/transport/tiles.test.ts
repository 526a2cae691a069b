import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { accesses } from '#protocol/access.ts'
import { leaveHandover } from '#protocol/events.ts'
import type { Role } from '#protocol/permission.ts'
import { issueToken, registerOperator } from '#protocol/session.ts'
import type { Session } from '#tests/fixtures/client/session.ts'
import { fromBase64url, sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { leafHash, nodeHash } from '#trust/merkle.ts'
import { openCheckpoint } from '#trust/tlog/checkpoint.ts'
import { noteKeyTypes } from '#trust/tlog/note.ts'
import { type Core, startCore } from './core.ts'

/** c2sp.org/tlog-tiles, read over HTTP by a client that knows nothing but the specification. */

let core: Core | undefined
afterEach(async () => {
  await core?.remove()
  core = undefined
})

const tokenFor = async (boss: Session, operator: string, role: Role): Promise<string> => {
  const token = toBase64url(randomBytes(32))
  await boss.api.command.submit(
    (await boss.own.sign(registerOperator, { operator, name: operator, roles: [role] })) as never,
  )
  const digest = toBase64url(sha256(utf8(token)))
  await boss.api.command.submit(
    (await boss.own.sign(issueToken, { digest, operator, label: '机', expiresAt: Date.now() + 3_600_000 })) as never,
  )
  return token
}

/** MTH of RFC 6962, 2.1, by its recursion and nothing else. */
const mth = (leaves: readonly Uint8Array[]): Uint8Array => {
  const [only] = leaves
  if (only !== undefined && leaves.length === 1) return only
  const split = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1)
  return nodeHash(mth(leaves.slice(0, split)), mth(leaves.slice(split)))
}
const hashesOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, at * 32 + 32))
const entriesOf = (bytes: Buffer): Buffer[] => {
  const entries: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at))
    entries.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)))
  return entries
}

test('checkpoint, tiles and entries are those of the specification, for who may read the log', async () => {
  core = await startCore({ listen: [{ kind: 'address', host: '127.0.0.1', port: 0 }], web: true })
  const boss = await core.signIn()
  const auditor = await tokenFor(boss, 'auditor', 'auditor')
  const watcher = await tokenFor(boss, 'watcher', 'operator')
  const texts = Array.from({ length: 270 }, (_, nth) =>
    boss.sign(leaveHandover, { shift: '夜勤', text: `申し送り ${nth}` }),
  )
  await Promise.all(texts.map((command) => boss.api.command.submit(command)))
  const get = (path: string, token: string | null = auditor, headers: Record<string, string> = {}) =>
    fetch(`http://${core?.address}/log/${path}`, {
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
    })
  const bytesOf = async (path: string): Promise<Buffer> => Buffer.from(await (await get(path)).arrayBuffer())

  const answer = await get('checkpoint')
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-cache')
  const { deployment, logKey } = boss.hello
  const log = { name: deployment, type: noteKeyTypes.signature, publicKey: fromBase64url(logKey) }
  const { size, root } = openCheckpoint(new Uint8Array(await answer.arrayBuffer()), log)
  expect(size).toBeGreaterThan(270)

  const rest = size % 256
  const [full, partial] = [await get('tile/0/000'), await get(`tile/0/001.p/${rest}`)]
  for (const tile of [full, partial]) {
    expect(tile.headers.get('content-type')).toBe('application/octet-stream')
    expect(tile.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
  }
  const first = hashesOf(Buffer.from(await full.arrayBuffer()))
  const leaves = [...first, ...hashesOf(Buffer.from(await partial.arrayBuffer()))]
  expect(first).toHaveLength(256)
  expect(mth(leaves)).toEqual(root)
  // A tree of 256 leaves and more has a level above, whose hash is that of the full tile.
  expect(await bytesOf('tile/1/000.p/1')).toEqual(Buffer.from(mth(first)))
  const entries = [
    ...entriesOf(await bytesOf('tile/entries/000')),
    ...entriesOf(await bytesOf(`tile/entries/001.p/${rest}`)),
  ]
  expect(entries.map((entry) => toBase64url(leafHash(entry)))).toEqual(leaves.map(toBase64url))
  // Narrower partial tiles are prefixes of wider ones.
  expect(await bytesOf('tile/0/001.p/1')).toEqual(Buffer.from(leaves[256] ?? []))

  const missing = [
    ...['tile/0/001', `tile/0/001.p/${rest + 1}`, 'tile/0/002.p/1', 'tile/1/000', 'tile/2/000.p/1', 'tile/63/000.p/1'],
    ...[
      'tile/entries/001',
      'tile/entries/x001/000',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/64/000',
      'tile/00/000',
    ],
    ...[
      'tile/0/0',
      'tile/0/000/',

      'tile/0/%30%30%30',
      'tile/0/000?x',
      'tile/-1/000',
      'tile/x',
      'other',
    ],
  ]
  for (const path of missing) expect([path, (await get(path)).status]).toEqual([path, 404])
  expect((await get(`tile/${'x999/'.repeat(40)}999`)).status).toBe(404)

  expect((await get('checkpoint', null)).status).toBe(401)
  expect((await get('tile/0/000', toBase64url(randomBytes(32)))).status).toBe(401)
  expect((await get('tile/entries/000', watcher)).status).toBe(403)
  expect((await get('tile/0/000', auditor, { origin: 'https://example.com' })).status).toBe(403)
  expect((await fetch(`http://${core.address}/log/checkpoint`, { method: 'POST' })).status).toBe(404)
  await boss.close()

  // What was read, and refused, stands in the log with who did.
  await core.stop()
  await core.start()
  const again = await core.signIn()
  const rows = async () =>
    (await again.api.history.rows({ collection: accesses.name, before: null, limit: 100 })).rows as {
      readonly operator: string
      readonly kind: string
      readonly count: number
    }[]
  await expect.poll(async () => (await rows()).map(({ kind }) => kind)).toContain('refused')
  const kept = await rows()
  expect(kept.find(({ kind }) => kind === 'entries')).toMatchObject({ operator: 'auditor', count: size })
  expect(kept.find(({ kind, operator }) => kind === 'refused' && operator === 'watcher')).toMatchObject({ count: 1 })
  await again.close()
})

test('the tree may be open to strangers, the entries never are', async () => {
  const listen = [{ kind: 'address', host: '127.0.0.1', port: 0 }] as const
  core = await startCore({ listen, web: true, openTree: true })
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://${core?.address}/log/${path}`, { headers })
  const size = Number((await (await get('checkpoint')).text()).split('\n')[1])
  const tile = await get(`tile/0/000.p/${size}`)
  expect([tile.status, tile.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
  expect((await get(`tile/entries/000.p/${size}`)).status).toBe(401)
  const boss = await core.signIn()
  const auditor = await tokenFor(boss, 'auditor', 'auditor')
  await boss.close()
  const response = await get(`tile/entries/000.p/${size}`, {
    authorization: `Bearer ${auditor}`,
    'accept-encoding': 'gzip',
  })
  expect(response.headers.get('content-encoding')).toBe('gzip')
  expect(entriesOf(Buffer.from(await response.arrayBuffer()))).toHaveLength(size)
})
