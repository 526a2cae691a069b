import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeCodes } from '#protocol/feed.ts'
import type { Hello } from '#protocol/session.ts'
import { connectFeed, type FeedClient, isFrame, openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { proofFor, resumeAs, resumeJoined, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { type Double, secrets, startDouble } from './double.ts'
import { rawWebSocket, underlying } from './raw.ts'

let double: Double
let session: Session
const start = async (limits: Parameters<typeof startDouble>[0]): Promise<void> => {
  double = await startDouble(limits)
  session = await signInAs(double.address, { method: 'launch', secret: secrets.operator })
}
const restart = async (limits: Parameters<typeof startDouble>[0]): Promise<void> => {
  await session.close()
  await double.stop()
  await start(limits)
}
const open = async (): Promise<FeedClient> => {
  const feed = await openFeed(double.address, { ticket: (await session.api.feed.ticket({})).ticket, cursors: {} })
  await feed.until(isFrame('opened'))
  return feed
}

beforeEach(() => start({ closeMs: 300 }))
afterEach(async () => {
  await session.close()
  await double.stop()
  expect(double.feeds.size).toBe(0)
})

describe('a ticket', () => {
  test('opens one feed, once', async () => {
    const { ticket } = await session.api.feed.ticket({})
    const feed = await openFeed(double.address, { ticket, cursors: { events: { epoch: 1, offset: 3 } } })
    await feed.until(isFrame('opened'))
    const again = await openFeed(double.address, { ticket, cursors: {} })
    expect(await again.closed).toEqual({ code: closeCodes.ticketWrong, reason: 'feed.ticket-wrong' })
    expect([...double.feeds][0]).toMatchObject({
      principal: { operator: 'operator' },
      cursors: { events: { epoch: 1, offset: 3 } },
    })
    await feed.close()
  })

  test('that nobody gave out opens nothing', async () => {
    const feed = await openFeed(double.address, { ticket: 'a'.repeat(43), cursors: {} })
    expect((await feed.closed).code).toBe(closeCodes.ticketWrong)
    expect(double.refusals).toEqual(['anonymous feed.ticket-wrong'])
  })

  test('is worth nothing after its time', async () => {
    await restart({ ticketMs: 50 })
    const { ticket } = await session.api.feed.ticket({})
    await new Promise((resolve) => setTimeout(resolve, 80))
    const feed = await openFeed(double.address, { ticket, cursors: {} })
    expect((await feed.closed).code).toBe(closeCodes.ticketWrong)
  })

  test('of a session that has ended opens nothing', async () => {
    const { ticket } = await session.api.feed.ticket({})
    double.endSessions()
    const feed = await openFeed(double.address, { ticket, cursors: {} })
    expect(await feed.closed).toEqual({ code: closeCodes.sessionEnded, reason: 'session.ended' })
  })
})

describe('a feed', () => {
  test('passes pages, changes and samples', async () => {
    const feed = await open()
    feed.page('events', null)
    expect(await feed.until(isFrame('page'))).toMatchObject({ collection: 'events', settled: 0 })
    double.publish({ t: 'changes', to: 2, changes: [[2, 'events', 'key', { 語: '決済' }]] })
    expect(await feed.until(isFrame('changes'))).toEqual({
      t: 'changes',
      to: 2,
      changes: [[2, 'events', 'key', { 語: '決済' }]],
    })
    await feed.close()
  })

  test('that says nothing at first is closed', async () => {
    await restart({ openMs: 100 })
    const socket = await connectFeed(double.address)
    expect((await closed(socket)).code).toBe(closeCodes.ticketWrong)
  })

  test('that ends while it is being opened is not kept', async () => {
    const { ticket } = await session.api.feed.ticket({})
    const socket = await connectFeed(double.address)
    socket.send(JSON.stringify({ t: 'open', ticket, cursors: {}, telemetry: false }))
    socket.terminate()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await expect.poll(() => double.feeds.size).toBe(0)
  })

  test('from which nothing is heard any more is ended', async () => {
    await restart({ pingMs: 50, deadMs: 200 })
    const feed = await open()
    underlying(feed.socket).pause()
    const began = performance.now()
    while (double.feeds.size > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(performance.now() - began).toBeLessThan(10_000)
    feed.socket.terminate()
  })

  test('that does not read is closed as slow, whoever reads gets everything', async () => {
    // A test machine under load must not be taken for a dead peer.
    await restart({ closeMs: 60_000, deadMs: 600_000 })
    const slow = await open()
    const quick = await open()
    underlying(slow.socket).pause()
    const row = 'x'.repeat(64 * 1024)
    for (let to = 1; to <= 80; to++) {
      double.publish({ t: 'changes', to, changes: [[to, 'events', `${to}`, row]] })
      await quick.until(isFrame('changes', (frame) => frame.to === to))
    }
    expect(quick.frames.filter(isFrame('changes')).map(({ to }) => to)).toEqual(
      Array.from({ length: 80 }, (_, i) => i + 1),
    )
    underlying(slow.socket).resume()
    expect((await slow.closed).code).toBe(closeCodes.slow)
    await quick.close()
  })
})

describe('a feed on the socket of the calls', () => {
  const cursors = { events: { epoch: 1, offset: 3 } }
  const join = async (of = session): Promise<{ readonly session: Session; readonly feed: FeedClient }> => {
    const { session: made, feed } = await resumeJoined(double.address, of.signer, { cursors, telemetry: false })
    if (!feed) throw new Error('not joined')
    await feed.until(isFrame('opened'))
    return { session: made, feed }
  }
  const row = 'x'.repeat(64 * 1024)

  test('follows behind the answer, passes pages and changes, and leaves calls as they are', async () => {
    const raw = await rawWebSocket(double.address, 'rpc')
    const call = (i: string, path: string, json: unknown) => {
      raw.socket.send(JSON.stringify({ i, p: { u: path, b: { json } } }))
      return raw.next() as Promise<{ readonly p: { readonly b: { readonly json: Hello } } }>
    }
    const hello = (await call('1', '/session/hello', { min: 1, max: 3 })).p.b.json
    const came: string[] = []
    raw.socket.on('message', (data) => came.push(data.toString()))
    const claim = { key: session.signer.keyId, proof: proofFor(session.signer, hello), seen: null }
    await call('2', '/session/resume', { ...claim, feed: { cursors, telemetry: true } })
    await vi.waitFor(() => expect(came).toHaveLength(2), 60_000)
    expect(JSON.parse(came[0] ?? '')).toMatchObject({ i: '2', p: { b: { json: { joined: true } } } })
    expect(came[0]).not.toContain('ticket')
    expect(came[0]).toMatch(/^\{"i":/)
    expect(came[1]).toMatch(/^\{"t":"opened"/)
    raw.socket.terminate()

    const { session: joined, feed } = await join()
    feed.page('events', null)
    expect(await feed.until(isFrame('page'))).toMatchObject({ collection: 'events', settled: 0 })
    double.publish({ t: 'changes', to: 2, changes: [[2, 'events', 'key', { 語: '決済' }]] })
    expect(await feed.until(isFrame('changes'))).toMatchObject({ to: 2 })
    expect(await joined.api.feed.ticket({})).toBeTruthy()
    expect([...double.feeds].at(-1)).toMatchObject({ principal: { operator: 'operator' }, cursors })
    await joined.close()
  })

  test('is there once; who asks again, or lacks more than is at hand, gets a ticket', async () => {
    const { session: joined } = await join()
    const { api } = joined
    const hello = await api.session.hello({ min: 1, max: 3 })
    const claim = { key: session.signer.keyId, proof: proofFor(session.signer, hello), seen: null }
    const again = await api.session.resume({ ...claim, feed: { cursors, telemetry: false } })
    expect(again).toMatchObject({ ticket: expect.any(String) })
    expect(again.joined).toBeUndefined()
    expect(double.feeds.size).toBe(1)
    await joined.close()
    double.lacking = true
    const other = await resumeJoined(double.address, session.signer, { cursors: { events: null }, telemetry: false })
    expect(other.feed).toBeUndefined()
    const feed = await openFeed(double.address, { ticket: other.ticket ?? '', cursors: { events: null } })
    await feed.until(isFrame('opened'))
    await Promise.all([feed.close(), other.session.close()])
  })

  test('needs the proof of the session, and its page a feed', async () => {
    const stranger = resumeJoined(double.address, generateSigner(), { cursors, telemetry: false })
    expect(await failureOfCall(stranger)).toMatchObject({ code: 'session.ended' })
    const plain = await resumeAs(double.address, session.signer)
    const end = closed(plain.socket)
    plain.socket.send('{"t":"page","collection":"events","after":null}')
    expect((await end).code).toBe(closeCodes.badFrame)
    expect(double.feeds.size).toBe(0)
  })

  test('ends with the socket', async () => {
    const { feed } = await join()
    expect(double.feeds.size).toBe(1)
    feed.socket.terminate()
    await vi.waitFor(() => expect(double.feeds.size).toBe(0), 60_000)
  })

  test('is closed with the session, as slow, or for a frame that breaks the rules: the calls with it', async () => {
    const [ended, broken] = [await join(), await join()]
    broken.feed.page('missing', null)
    expect((await broken.feed.closed).code).toBe(closeCodes.badFrame)
    for (const { close } of double.feeds) close(closeCodes.sessionEnded, 'session ended')
    expect((await ended.feed.closed).code).toBe(closeCodes.sessionEnded)
    await restart({ closeMs: 60_000, deadMs: 600_000 })
    const slow = await join()
    underlying(slow.feed.socket).pause()
    for (let to = 1; to <= 80; to++) double.publish({ t: 'changes', to, changes: [[to, 'events', `${to}`, row]] })
    underlying(slow.feed.socket).resume()
    expect((await slow.feed.closed).code).toBe(closeCodes.slow)
  })

  test('is not slow because answers wait beside it', async () => {
    await restart({ closeMs: 60_000, deadMs: 600_000 })
    const reader = await signInAs(double.address, { method: 'launch', secret: secrets.administrator })
    const { session: joined, feed } = await join(reader)
    await reader.close()
    const stream = underlying(joined.socket)
    stream.pause()
    const metrics = Array.from({ length: 32 }, () => 'm'.repeat(128))
    const calls = 400
    const asked = Array.from({ length: calls }, () => joined.api.telemetry.range({ metrics, from: 0, to: 1 }))
    // Some megabytes of answers that nobody reads yet.
    const answered = () => double.calls.filter((it) => it.procedure === 'telemetry.range')
    await vi.waitFor(() => expect(answered()).toHaveLength(calls), 60_000)
    double.publish({ t: 'changes', to: 1, changes: [[1, 'events', 'k', row]] })
    stream.resume()
    await feed.until(isFrame('changes'))
    expect(await Promise.all(asked)).toHaveLength(calls)
    await joined.close()
  })

  test('is drained with the calls', async () => {
    const { session: joined, feed } = await join()
    await double.transport.drain()
    expect((await feed.closed).code).toBe(closeCodes.drained)
    expect(double.transport.connections()).toBe(0)
    await joined.close()
  })
})

describe('a feed request', () => {
  const afterOpen = async (text: string | Buffer): Promise<number> => {
    const feed = await open()
    feed.socket.send(text)
    return (await feed.closed).code
  }

  test.each([
    ['that is no JSON', '{', closeCodes.badFrame],
    ['of an unknown kind', '{"t":"subscribe"}', closeCodes.badFrame],
    ['with one field more', '{"t":"page","collection":"events","after":null,"x":1}', closeCodes.badFrame],
    ['with a duplicate key', '{"t":"page","t":"page","collection":"events","after":null}', closeCodes.badFrame],
    ['for a collection with no such name', '{"t":"page","collection":"EVENTS","after":null}', closeCodes.badFrame],
    ['for a collection that is not there', '{"t":"page","collection":"missing","after":null}', closeCodes.badFrame],
    ['that opens again', '{"t":"open","ticket":"x","cursors":{},"telemetry":false}', closeCodes.badFrame],
    ['that is huge', `{"t":"page","collection":"${'a'.repeat(70_000)}","after":null}`, 1009],
    ['that is binary', Buffer.from('{"t":"page","collection":"events","after":null}'), closeCodes.badFrame],
  ])('%s closes the feed', async (_name, text, code) => {
    expect(await afterOpen(text)).toBe(code)
  })

  test('before the ticket closes the feed', async () => {
    const { socket, closed: end } = await rawWebSocket(double.address, 'feed')
    socket.send('{"t":"page","collection":"events","after":null}')
    expect((await end).code).toBe(closeCodes.badFrame)
  })

  test('in great numbers closes the feed', async () => {
    const feed = await open()
    for (let i = 0; i < 5_000; i++) feed.page('events', null)
    const { code } = await Promise.race([
      feed.closed,
      feed.until(isFrame('page', () => feed.frames.filter(isFrame('page')).length === 5_000)).then(() => ({ code: 0 })),
    ])
    expect([0, closeCodes.overloaded]).toContain(code)
    if (code === 0) await feed.close()
  })
})

describe('draining', () => {
  test('closes feeds with 4000, answers what runs, accepts no more', async () => {
    const feed = await open()
    const decide = double.decide
    const running = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    double.decide = async (signed) => {
      running.resolve()
      await asked.promise
      return decide(signed)
    }
    const call = session.api.command.submit(session.sign({ name: 'hub.startModule' }, { instance: 'a', module: 'b' }))
    await running.promise
    const end = closed(session.socket)
    const drained = double.transport.drain()
    expect(await failureOfCall(session.api.feed.ticket({}))).toMatchObject({ code: 'link.overloaded' })
    asked.resolve()
    await drained
    expect((await feed.closed).code).toBe(closeCodes.drained)
    expect(await call).toMatchObject({ index: 0 })
    expect((await end).code).toBe(closeCodes.drained)
    await expect(connectFeed(double.address)).rejects.toThrow()
    expect(double.transport.connections()).toBe(0)
    expect(double.connected()).toEqual([])
  })
})
