import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dial, greeted } from '#main/link/wire.ts'
import type { Outcome } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import { handovers, leaveHandover } from '#protocol/events.ts'
import { closeCodes, type FeedFrame } from '#protocol/feed.ts'
import { type FeedClient, isFrame, openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, connectRpc, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { proofFor, resumeAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { allRows, freshDirectory, live, reached as reachedBy, testDesk, until } from '../replica/desks.ts'
import { type Core, startCore } from './core.ts'
import { pathOf, underlying } from './raw.ts'

let core: Core
beforeEach(async () => {
  core = await startCore()
})
afterEach(() => core.remove())

/** A test machine under load must not be taken for a dead peer. */
const patient = { closeMs: 60_000, deadMs: 600_000 }

const note = (session: Session, text: string) => session.sign(leaveHandover, { shift: '日勤', text })
const leave = (session: Session, text: string): Promise<Outcome> => session.api.command.submit(note(session, text))

const follow = async (session: Session, cursor: Cursor | null): Promise<FeedClient> => {
  const { ticket } = await session.api.feed.ticket({})
  return openFeed(core.address, { ticket, cursors: { [handovers.name]: cursor } })
}
/** Texts that a feed's changes carried, in order. */
const textsOf = (frames: readonly FeedFrame[]): readonly string[] =>
  frames
    .filter(isFrame('changes'))
    .flatMap(({ changes }) => changes.map(([, , , row]) => handovers.schema.parse(row).text))
const reached = (size: number) => isFrame('changes', ({ to }) => to >= size)

describe('embedded Libral Core', () => {
  test('carries a command from the click through the log to the feed', async () => {
    const session = await core.signIn()
    const before = await leave(session, '最初の引き継ぎ')
    const feed = await follow(session, null)
    const opened = await feed.until(isFrame('opened'))
    expect(opened.collections[handovers.name]).toMatchObject({ mode: 'snapshot' })
    feed.page(handovers.name, null)
    const page = await feed.until(isFrame('page'))
    expect(page.rows.map(([, row]) => handovers.schema.parse(row).text)).toEqual(['最初の引き継ぎ'])
    const after = await leave(session, '次の引き継ぎ')
    expect(after.index).toBeGreaterThan(before.index)
    await feed.until(reached(after.size))
    // A page may hold a row whose change still gathers for its frame; that change then follows, with the same content.
    expect(textsOf(feed.frames).filter((text) => text !== '最初の引き継ぎ')).toEqual(['次の引き継ぎ'])
    const entry = await session.api.log.entry({ index: after.index })
    expect(entry.command.statement).toMatchObject({ command: leaveHandover.name, operator: 'local' })
    await Promise.all([feed.close(), session.close()])
  })

  test('answers the same command with the same outcome, and another one under its id with a refusal', async () => {
    const session = await core.signIn()
    const signed = note(session, 'a')
    const [one, two] = await Promise.all([session.api.command.submit(signed), session.api.command.submit(signed)])
    expect(two).toEqual(one)
    const other = session.sign(leaveHandover, { shift: 'b', text: 'b' }, signed.statement.id)
    expect(await failureOfCall(session.api.command.submit(other))).toMatchObject({ code: 'command.id-reused' })
    await core.stop()
    await core.start()
    const again = await resumeAs(core.address, session.signer)
    expect(await again.api.command.submit(signed)).toEqual(one)
    await again.close()
  })

  test('gives head and ticket with a resumed session to who says what it saw, and an older desktop what it knows', async () => {
    const session = await core.signIn()
    const { size } = await leave(session, 'a')
    await leave(session, 'b')
    const { hello, signedIn, signer } = session
    expect(hello.protocol).toEqual({ min: 1, max: 3 })
    const resumed = async (more: { readonly seen?: number | null }) => {
      const rpc = await connectRpc(core.address)
      const again = await rpc.api.session.hello({ min: 1, max: 2 })
      const answer = await rpc.api.session.resume({ key: signer.keyId, proof: proofFor(signer, again), ...more })
      await rpc.close()
      return answer
    }
    expect(await resumed({})).toEqual(signedIn)
    const { head, ticket, ...rest } = await resumed({ seen: size })
    expect(rest).toEqual(signedIn)
    expect(head).toEqual(await session.api.log.checkpoint({ seen: size }))
    expect(head?.proof.length).toBeGreaterThan(0)
    expect((await resumed({ seen: null })).head?.proof).toEqual([])
    const feed = await openFeed(core.address, { ticket: ticket ?? '', cursors: { [handovers.name]: null } })
    await feed.until(isFrame('opened'))
    const twice = await openFeed(core.address, { ticket: ticket ?? '', cursors: {} })
    expect(await twice.closed).toMatchObject({ code: closeCodes.ticketWrong })
    await Promise.all([feed.close(), session.close()])
  })

  test('a desktop that comes back has its feed on the socket of its calls, and misses nothing', async () => {
    const desk = await testDesk(freshDirectory())
    const session = await core.signIn()
    const credential = { method: 'launch', secret: core.launchSecret } as const
    const endpoint = { targets: [{ kind: 'pipe', path: pathOf(core.address) }], credential, identity: null } as const
    desk.connect(endpoint)
    await until(desk, live)
    expect(core.backend.connections()).toBe(3)
    await leave(session, '前')
    desk.connect(endpoint)
    await until(desk, live)
    await vi.waitFor(() => expect(core.backend.connections()).toBe(2), 60_000)
    const { size } = await leave(session, '後')
    await reachedBy(desk, size)
    const rows = await allRows(desk, handovers.name)
    expect(rows.map((row) => handovers.schema.parse(row).text).sort()).toEqual(['前', '後'])
    await desk.commands.submit('events.handOver', { shift: '夜勤', text: '自分で' })
    await until(desk, (state) => live(state) && state.pendingCommands === 0)
    expect(desk.commands.sent().map(({ state }) => state)).toEqual(['accepted'])
    await Promise.all([desk.close(), session.close()])
  })

  test('greets who asks for it with the handshake, with a nonce of the connection; another is answered when it asks', async () => {
    const session = await core.signIn()
    const target = { kind: 'pipe' as const, path: pathOf(core.address) }
    const greet = async (how: 'greeted' | 'rpc') => {
      const socket = dial(target, how)
      return { socket, ...(await greeted(socket)) }
    }
    const [one, other, older] = await Promise.all([greet('greeted'), greet('greeted'), greet('rpc')])
    expect(one.hello).toMatchObject({ deployment: session.hello.deployment, protocol: { max: 3 } })
    expect(one.hello.nonce).not.toBe(other.hello.nonce)
    expect([one.roundTripMs, older.roundTripMs]).toEqual([null, expect.any(Number)])
    const resume = (of: typeof one, hello = of.hello) =>
      of.client.session.resume({ key: session.signer.keyId, proof: proofFor(session.signer, hello), seen: null })
    expect(await failureOfCall(resume(other, one.hello))).toMatchObject({ code: 'session.proof-wrong' })
    expect(await resume(one)).toMatchObject({ operator: 'local', ticket: expect.any(String) })
    expect(await failureOfCall(resume(one))).toMatchObject({ code: 'input.invalid' })
    expect(await resume(older)).toMatchObject({ operator: 'local' })
    for (const { socket } of [one, other, older]) socket.terminate()
    await session.close()
  })

  test('keeps a second backend off the same data', async () => {
    await expect(core.start()).rejects.toMatchObject({ code: 'storage.locked' })
    await (await core.signIn()).close()
  })

  test('lets nobody in with another secret', async () => {
    const call = signInAs(core.address, { method: 'launch', secret: 'x'.repeat(43) })
    expect(await failureOfCall(call)).toMatchObject({ code: 'session.secret-wrong' })
  })

  test('keeps its directory and socket to itself', async () => {
    for (const path of [core.directory, join(core.directory, 'run')]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700)
    }
    expect((await stat(join(core.directory, 'run', 'core.sock'))).mode & 0o777).toBe(0o600)
  })

  test('closes a slow reader, who resumes with nothing lost', async () => {
    await core.stop()
    await core.start({ limits: patient })
    const session = await core.signIn()
    const slow = await follow(session, null)
    const opened = await slow.until(isFrame('opened'))
    const answer = opened.collections[handovers.name]
    if (answer?.mode !== 'snapshot') throw new Error('a snapshot was expected')
    underlying(slow.socket).pause()
    const texts = Array.from({ length: 700 }, (_, i) => `${i} ${'引'.repeat(900)}`)
    let size = 0
    for (let i = 0; i < texts.length; i += 50) {
      const some = await Promise.all(texts.slice(i, i + 50).map((text) => leave(session, text)))
      size = Math.max(...some.map((outcome) => outcome.size))
    }
    underlying(slow.socket).resume()
    expect((await slow.closed).code).toBe(closeCodes.slow)
    const offset = slow.frames.filter(isFrame('changes')).at(-1)?.to ?? answer.offset
    expect(offset).toBeLessThan(size)
    const resumed = await follow(session, { epoch: answer.epoch, offset })
    expect((await resumed.until(isFrame('opened'))).collections[handovers.name]).toEqual({ mode: 'resume' })
    await resumed.until(reached(size))
    const all = [...textsOf(slow.frames), ...textsOf(resumed.frames)]
    expect(all).toHaveLength(texts.length)
    expect(new Set(all)).toEqual(new Set(texts))
    await Promise.all([resumed.close(), session.close()])
  })

  test('ends the feed of a session that signs out', async () => {
    const session = await core.signIn()
    const feed = await follow(session, null)
    await feed.until(isFrame('opened'))
    const over = closed(session.socket)
    await session.api.command.submit(session.sign({ name: 'session.end' }, { key: session.signer.keyId }))
    expect((await feed.closed).code).toBe(closeCodes.sessionEnded)
    expect((await over).code).toBe(closeCodes.sessionEnded)
  })
})

describe('draining under load', () => {
  test('loses no accepted command and leaves nothing open', async () => {
    const sessions = await Promise.all(Array.from({ length: 4 }, (_, i) => core.signIn(`client ${i}`)))
    const feed = await follow(sessions[0] as Session, null)
    await feed.until(isFrame('opened'))
    const accepted: Outcome[] = []
    const flows = sessions.map(async (session) => {
      const end = closed(session.socket)
      for (let i = 0; session.socket.readyState === session.socket.OPEN; i++) {
        const outcome = await leave(session, `${i}`).catch(() => undefined)
        if (outcome) accepted.push(outcome)
      }
      return end
    })
    while (accepted.length < 40) await new Promise((resolve) => setTimeout(resolve, 5))
    const { backend } = core
    await core.stop()
    const ends = await Promise.all(flows)
    expect(ends.map(({ code }) => code)).toEqual([4000, 4000, 4000, 4000])
    expect((await feed.closed).code).toBe(closeCodes.drained)
    expect(backend.connections()).toBe(0)
    await core.start()
    const after = await core.signIn()
    for (const outcome of accepted) expect(await after.api.command.outcome({ id: outcome.id })).toEqual(outcome)
    await after.close()
  })

  test('ten times over leaves no listener, timer or socket', async () => {
    await core.stop()
    const count = () => ({
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
      resources: process.getActiveResourcesInfo().filter((name) => /Server|Pipe|TCP|Timeout/.test(name)).length,
    })
    const before = count()
    for (let i = 0; i < 10; i++) {
      await core.start({ httpPort: 0 })
      const session = await core.signIn()
      const feed = await follow(session, null)
      await feed.until(isFrame('opened'))
      await core.stop()
    }
    await vi.waitFor(() => {
      const after = count()
      expect(after.listeners).toBe(before.listeners)
      // The test runner has timers of its own that come and go.
      expect(after.resources).toBeLessThanOrEqual(before.resources + 1)
    }, 60_000)
  })
})
