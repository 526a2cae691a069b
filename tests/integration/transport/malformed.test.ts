import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeCodes, feedPath, feedProtocol, rpcPath, rpcProtocol } from '#protocol/feed.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { type Double, secrets, startDouble } from './double.ts'
import { clientFrame, ended, rawSocket, rawWebSocket, underlying, upgradeStatus } from './raw.ts'

let double: Double
beforeEach(async () => {
  // Short, but longer than a busy machine lets a process wait: whoever behaves is never cut off.
  double = await startDouble({ handshakeMs: 1_000, openMs: 1_000, closeMs: 500, pingMs: 500, deadMs: 3_000 })
})
afterEach(async () => {
  // Whoever misbehaved, everyone else is served as before, and nothing is left behind.
  const session = await signInAs(double.address, { method: 'launch', secret: secrets.operator })
  expect(await session.api.feed.ticket({})).toBeTruthy()
  await session.close()
  await double.stop()
  expect(double.transport.connections()).toBe(0)
})

const rpcHeaders = { 'sec-websocket-protocol': rpcProtocol }

describe('a handshake', () => {
  test.each([
    ['any other path', '/', rpcHeaders, 404],
    ['a path with a query', `${rpcPath}?x=1`, rpcHeaders, 404],
    ['a name from the prototype', '/__proto__', rpcHeaders, 404],
    ['an Origin: a browser', rpcPath, { ...rpcHeaders, origin: 'https://example.com' }, 403],
    ['an Origin that calls itself ours', rpcPath, { ...rpcHeaders, origin: 'http://localhost' }, 403],
    ['an empty Origin', rpcPath, { ...rpcHeaders, origin: '' }, 403],
    ['no sub-protocol', rpcPath, {}, 400],
    ['an unknown sub-protocol', rpcPath, { 'sec-websocket-protocol': 'libral.rpc.9' }, 400],
    ["the other path's sub-protocol", feedPath, rpcHeaders, 400],
    ['an unknown WebSocket version', rpcPath, { ...rpcHeaders, 'sec-websocket-version': '12' }, 400],
    ['a broken key', rpcPath, { ...rpcHeaders, 'sec-websocket-key': 'short' }, 400],
    ['all that it needs', rpcPath, rpcHeaders, 101],
    ['several sub-protocols with ours', feedPath, { 'sec-websocket-protocol': `a, ${feedProtocol}` }, 101],
  ])('with %s', async (_name, path, headers, status) => {
    expect((await upgradeStatus(double.address, path, headers)).status).toBe(status)
  })

  test('that is a plain request is told to upgrade', async () => {
    const socket = await rawSocket(double.address)
    socket.write('GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n')
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    expect(answer).toMatch(/^HTTP\/1\.1 426 /)
    await ended(socket)
  })

  test.each([
    ['never comes', []],
    ['comes byte by byte', [...'GET /rpc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n']],
  ])('that %s is cut off', async (_name, bytes) => {
    const socket = await rawSocket(double.address)
    socket.on('error', () => undefined)
    const timer = setInterval(() => {
      const next = bytes.shift()
      if (next) socket.write(next)
    }, 40)
    const began = performance.now()
    await ended(socket)
    clearInterval(timer)
    expect(performance.now() - began).toBeLessThan(30_000)
  })

  test('of megabytes of headers is refused', async () => {
    const socket = await rawSocket(double.address)
    socket.on('error', () => undefined)
    socket.write(`GET /rpc HTTP/1.1\r\nX: ${'a'.repeat(1024 * 1024)}`)
    await ended(socket)
  })

  test('beyond the connection limit is answered 503 with a pause', async () => {
    await double.stop()
    double = await startDouble({ connections: 2 })
    const held = [await rawWebSocket(double.address, 'rpc'), await rawWebSocket(double.address, 'feed')]
    const refused = await upgradeStatus(double.address, rpcPath, rpcHeaders)
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    for (const { socket } of held) socket.close()
    await Promise.all(held.map((one) => one.closed))
  })
})

describe('an RPC frame', () => {
  const answerTo = async (text: string): Promise<unknown> => {
    const { socket, next } = await rawWebSocket(double.address, 'rpc')
    const answer = next()
    socket.send(text)
    const value = await answer
    socket.close()
    return value
  }
  const errorOf = (code: string) => ({ i: '7', p: { s: 400, b: { json: expect.objectContaining({ code }) } } })

  test.each([
    [
      'a duplicate key',
      '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":1,"max":1,"min":1}}}}',
      'input.duplicate-key',
    ],
    [
      'an escaped duplicate key',
      '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":1,"m\\u0069n":1}}}}',
      'input.duplicate-key',
    ],
    ['a duplicate id', '{"i":"6","i":"7","p":{"u":"/session/hello"}}', 'input.duplicate-key'],
    [
      'an unsafe integer',
      '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":9007199254740993,"max":1}}}}',
      'input.unsafe-number',
    ],
    ['a lone surrogate', '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":"\\ud800"}}}}', 'input.not-utf8'],
    [
      "oRPC's typed extras",
      '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":"1"},"meta":[[0,"min"]]}}}',
      'input.invalid',
    ],
    [
      'headers',
      '{"i":"7","p":{"u":"/session/hello","h":{"content-type":"multipart/form-data"},"b":{}}}',
      'input.invalid',
    ],
    ['another method', '{"i":"7","p":{"u":"/session/hello","m":"GET","b":{}}}', 'input.invalid'],
    ['an absolute URL', '{"i":"7","p":{"u":"http://elsewhere/session/hello","b":{}}}', 'input.invalid'],
    ['a path upwards', '{"i":"7","p":{"u":"/../session/hello","b":{}}}', 'input.invalid'],
    ['an unknown procedure', '{"i":"7","p":{"u":"/session/open","b":{"json":{}}}}', 'protocol.unsupported'],
    ['a name from the prototype', '{"i":"7","p":{"u":"/constructor","b":{"json":{}}}}', 'protocol.unsupported'],
    [
      'deep nesting',
      `{"i":"7","p":{"u":"/session/hello","b":{"json":${'['.repeat(500)}${']'.repeat(500)}}}}`,
      'input.invalid',
    ],
    ['no input', '{"i":"7","p":{"u":"/session/hello"}}', 'input.invalid'],
    [
      '__proto__',
      '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":1,"max":1,"__proto__":{}}}}}',
      'input.invalid',
    ],
  ])('with %s is refused and the connection lives', async (_name, text, code) => {
    expect(await answerTo(text)).toEqual(errorOf(code))
  })

  test.each([
    ['that is no JSON', 'hello', closeCodes.badFrame],
    ['without an id', '{"p":{"u":"/session/hello"}}', closeCodes.badFrame],
    ['with an id of another kind', '{"i":{},"p":{"u":"/session/hello"}}', closeCodes.badFrame],
    ['that is empty', '', closeCodes.badFrame],
    ['that is huge', `"${'a'.repeat(300 * 1024)}"`, 1009],
  ])('%s closes the connection', async (_name, text, code) => {
    const { socket, closed } = await rawWebSocket(double.address, 'rpc')
    socket.send(text)
    expect((await closed).code).toBe(code)
  })

  test('that is binary closes the connection', async () => {
    const { socket, closed } = await rawWebSocket(double.address, 'rpc')
    socket.send(Buffer.from('{"i":"7","p":{"u":"/session/hello"}}\xff', 'latin1'))
    expect((await closed).code).toBe(closeCodes.badFrame)
  })

  test('with the id of a running call closes the connection', async () => {
    const { socket, closed } = await rawWebSocket(double.address, 'rpc')
    const text = '{"i":"7","p":{"u":"/session/hello","b":{"json":{"min":1,"max":1}}}}'
    socket.send(text)
    socket.send(text)
    expect((await closed).code).toBe(closeCodes.badFrame)
  })
})

describe.each(['rpc', 'feed'] as const)('below WebSocket on %s', (service) => {
  test('text that is no UTF-8 closes with 1007', async () => {
    const { socket, closed } = await rawWebSocket(double.address, service)
    underlying(socket).write(clientFrame(1, Buffer.from('{"i":"7\xc3\x28"}', 'latin1')))
    expect((await closed).code).toBe(1007)
  })

  test('an unmasked frame closes with 1002', async () => {
    const { socket, closed } = await rawWebSocket(double.address, service)
    underlying(socket).write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]))
    expect((await closed).code).toBe(1002)
  })

  test('noise closes the connection and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 512 }), async (noise) => {
        const { socket, closed } = await rawWebSocket(double.address, service)
        underlying(socket).write(Buffer.from(noise))
        underlying(socket).write(randomBytes(4096))
        socket.terminate()
        await closed
      }),
      { numRuns: 30 },
    )
  })
})
