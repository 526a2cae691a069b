import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Backend, startBackend } from '#backend/host.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import type { AlertRow } from '#protocol/alerts.ts'
import { leaveHandover } from '#protocol/events.ts'
import { closeCodes, feedFrameSchema } from '#protocol/feed.ts'
import type { InstanceRow } from '#protocol/hub.ts'
import { endSession, issueToken } from '#protocol/session.ts'
import { connectFeed, isFrame, openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { redeemAs, resumeAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { recount, servedRows } from '../kernel/replay.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined } as never

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(100)) {
    if (performance.now() > end) throw new Error('it never came to be')
  }
}

describe.skipIf(!hasPostgres)('whole backends on one PostgreSQL', () => {
  let server: PostgresServer
  let folder: string
  const running: Backend[] = []
  let storage: Storage | undefined
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-backends-'))
  })
  afterAll(async () => {
    for (const backend of running) await backend.stop()
    await storage?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What Redis does where there is one: figures of the other, and one use of a ticket. */
  const without = async (east: Backend, west: Backend): Promise<void> => {
    const code = (east.firstCode ?? west.firstCode)?.code
    const [here = '', there = ''] = [...east.addresses, ...west.addresses]
    const { session } = await redeemAs(here, code)
    const { ticket } = await session.api.feed.ticket({})
    const first = await connectFeed(here)
    const seen = new Set<string>()
    first.on('message', (data) => {
      const frame = feedFrameSchema.parse(JSON.parse(String(data)))
      if (frame.t === 'sample') seen.add(`sample ${frame.sample.instance}`)
      if (frame.t === 'inventory') seen.add(`inventory ${frame.inventory.instance}`)
    })
    const opening = JSON.stringify({ t: 'open', ticket, cursors: {}, telemetry: true })
    first.send(opening)
    await until(async () =>
      ['sample', 'inventory'].every((kind) => ['east', 'west'].every((it) => seen.has(`${kind} ${it}`))),
    )
    const again = await connectFeed(there)
    again.send(opening)
    expect((await closed(again)).code).toBe(closeCodes.ticketWrong)
    first.terminate()
    await revoked(here, there, session)
    await session.close()
  }

  /** Who is signed in on one instance is known on the other, and shut out there in the moment that it is ended here. */
  const revoked = async (here: string, there: string, administrator: Session): Promise<void> => {
    const token = toBase64url(randomBytes(32))
    const digest = toBase64url(sha256(utf8(token)))
    const issued = {
      operator: administrator.signedIn.operator,
      digest,
      label: '隣の机',
      expiresAt: Date.now() + 3_600_000,
    }
    await administrator.api.command.submit((await administrator.own.sign(issueToken, issued)) as never)
    // On the other at once, though it may not have heard of the token yet.
    const other = await signInAs(there, { method: 'token', secret: token })
    const feed = await openFeed(there, { ticket: (await other.api.feed.ticket({})).ticket, cursors: {} })
    await feed.until(isFrame('opened'))
    // The session moves over with its key.
    const moved = await resumeAs(here, other.signer)
    await administrator.api.command.submit(administrator.sign(endSession, { key: other.signer.keyId }))
    const ended = performance.now()
    expect((await feed.closed).code).toBe(closeCodes.sessionEnded)
    console.info(
      `a session that was ended on one instance was shut out of the other after ${Math.round(performance.now() - ended)} ms`,
    )
    const note = { shift: '日勤', text: '終わった後' }
    for (const gone of [other, moved]) {
      // Refused, or told by a connection that is over already.
      await expect(gone.api.command.submit(other.sign(leaveHandover, note))).rejects.toThrow()
      await gone.close()
    }
    for (const address of [here, there]) {
      expect(await failureOfCall(resumeAs(address, other.signer))).toMatchObject({ code: 'session.ended' })
    }
  }

  test('start at once on an empty database, show each other, and raise each alert once', async () => {
    const url = await server.createDatabase()
    const start = async (instance: string): Promise<Backend> => {
      const directory = join(folder, instance)
      const backend = await startBackend({
        ...{ directory, mode: 'standalone', log },
        listen: [{ kind: 'pipe', path: join(directory, 'core.sock') }],
        database: { url, logKeyFile: join(folder, 'log.keys'), instance },
      })
      running.push(backend)
      return backend
    }
    const [east, west] = await Promise.all([start('east'), start('west')])
    expect(east?.deployment).toBe(west?.deployment)
    storage = await openPostgres({ engine: 'postgres', url })
    const open = storage
    const rows = async <Row>(collection: string): Promise<readonly Row[]> => [
      ...((await servedRows(open, collection)) as unknown as ReadonlyMap<string, Row>).values(),
    ]
    const states = async () =>
      Object.fromEntries((await rows<InstanceRow>('hub.instances')).map(({ instance, state }) => [instance, state]))
    await until(async () => Object.keys(await states()).length === 2)
    expect(await states()).toEqual({ east: 'running', west: 'running' })
    // Longer than the rule of silence waits: whoever judged by its own samples alone would raise it now.
    await pause(20_000)
    const silent = (await rows<AlertRow>('alerts')).filter(({ rule }) => rule === 'backend-silent')
    expect(silent).toEqual([])
    const { root, headRoot, ids } = await recount({ storage: open })
    expect(root).toBe(headRoot)
    expect([...ids.values()].every((count) => count === 1)).toBe(true)
    await without(east as Backend, west as Backend)
    await west?.stop()
    running.splice(running.indexOf(west as Backend), 1)
    await until(async () => (await states())['west'] === 'stopped')
    expect((await states())['east']).toBe('running')
  })
})
