import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { dial, opened } from './wire.ts'

/** What a desktop makes of this answer to its handshake. */
const madeOf = async (answer: string): Promise<unknown> => {
  const server = createServer()
  server.on('upgrade', (_request, stream) => stream.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = dial({ kind: 'address', url: `ws://127.0.0.1:${port}`, pin: null }, 'greeted')
  const over = new Promise((resolve) => socket.once('close', resolve))
  try {
    return await opened(socket).catch((failure: unknown) => failure)
  } finally {
    await over
    server.closeAllConnections()
    server.close()
  }
}

test('a refusal that names a time is a backend that is busy; any other one, or none, is one that is away', async () => {
  const busy = { code: 'link.overloaded', params: { retryAfterSeconds: 7 } }
  expect(await madeOf('503 Service Unavailable\r\nRetry-After: 7')).toMatchObject(busy)
  expect(await madeOf('503 Service Unavailable\r\nRetry-After: 0')).toMatchObject({ params: { retryAfterSeconds: 0 } })
  for (const answer of ['503 Service Unavailable', '503 No\r\nRetry-After: Sat, 21 Nov 2026 16:05:00 GMT', '404 No']) {
    expect(await madeOf(answer), answer).toMatchObject({ code: 'link.offline' })
  }
})
